#!/usr/bin/env bash
# demo.sh: from a folder of 60,000 pictures to a trained model on this machine, in the commands a user would type.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
here=${DEMO_HOME:-$root/demo}
export PATH=$root/.venv/bin:$PATH FERRY_HOME=$here/state PYTHONUNBUFFERED=1

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
step() {
  printf '$ %s\n' "$*"
  "$@"
}

mkdir -p "$here/project"
rm -rf "$here/project/trainer" && cp -r "$root/trainer" "$here/project/trainer"
cd "$here/project"

say "60,000 pictures: Fashion-MNIST as PNG files in class folders"
[ -d "$here/fashion-mnist/test" ] || step python -m trainer.fashion_mnist "$here/fashion-mnist" --png
printf '%s pictures\n' "$(find "$here/fashion-mnist" -name '*.png' | wc -l)"

say "a project"
step ferry init --yes

say "1 the data"
step ferry data push "$here/fashion-mnist"
step ferry data push "$here/fashion-mnist"

say "2 + 3 code and training, in one; 4 the log follows"
step ferry run --again --name base --data fashion-mnist -- python -m trainer --data '{data}' --output '{output}'
step ferry get runs

say "4 TensorBoard, as long as it is wanted"
coproc board { exec ferry tensorboard base --no-browser --port 0; }
board_pid=$board_PID
read -r url <&"${board[0]}"
printf '$ ferry tensorboard base\n%s\n' "$url"
python - "$url" <<'PY'
import json, sys, urllib.request
open_ = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
print("answers; scalars:", ", ".join(sorted(next(iter(json.load(open_(sys.argv[1] + "data/plugin/scalars/tags")).values())))[:6]), "...")
PY
kill "$board_pid"
wait "$board_pid" 2>/dev/null || true

say "5 per class, from the log that the store kept"
printf '$ ferry logs base | tail -14\n'
ferry logs base | tail -14

say "the checkpoint comes home"
step ferry get checkpoints base
step ferry cp base:best "$here/"
python - "$here" <<'PY'
import pathlib, sys
from safetensors.torch import load_file
path = next(pathlib.Path(sys.argv[1]).glob("best*.safetensors"))
weights = load_file(path)
print(f"loaded {path.name}: {sum(w.numel() for w in weights.values()):,} weights in {len(weights)} tensors")
PY
