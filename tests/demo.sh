#!/usr/bin/env bash
# demo.sh: the ten steps on this machine, from a folder of 70,000 pictures to a page that anybody enjoys.
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
rm -rf "$here/project/trainer" "$here/project/demo.ipynb" && cp -r "$root/trainer" "$here/project/trainer"
printf '%s\n' fashion-mnist '*.html' '*.ipynb' '*.safetensors' >"$here/project/.gitignore"
cd "$here/project"

say "a project, and 70,000 pictures in folders that are called like their classes"
[ -d fashion-mnist/test ] || step python -m trainer.fashion_mnist fashion-mnist --png
step ferry init --yes

say "1 registration: nothing to do here; on a cluster an admin's  kubectl apply -k k8s/tenant"

say "2 data"
step ferry data push fashion-mnist

say "3 code: it travels with each run; on a cluster  ferry build  makes the images when their inputs changed"

say "4 training"
step ferry run --again --name base --data fashion-mnist -- \
  python -m trainer --data '{data}' --output '{output}' --model small --epochs 4
step ferry get runs

say "5 logs and curves"
printf '$ ferry logs base | tail -14\n'
ferry logs base | tail -14
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

say "6 predictions: which classes fail, and the pictures"
step ferry predictions base

say "7 again, with the worst class weighted up; what that did, and what is only chance"
step ferry rerun base --again --name boosted --boost-worst 3
step ferry compare base boosted -o compare-base-boosted.html

say "8 the checkpoint comes home"
step ferry get checkpoints base
step ferry cp base:best .
python - <<'PY'
from safetensors.torch import load_file
weights = load_file("best.safetensors")
print(f"loaded best.safetensors: {sum(w.numel() for w in weights.values()):,} weights in {len(weights)} tensors")
PY

say "9 a link for others"
step ferry share base:best --expires 24h

say "10 a page for everybody: try the model, see what it knows"
step ferry demo new base
step ferry demo publish demo.ipynb --run base

say "look at them"
printf '%s\n' "$PWD"/{predictions-base,compare-base-boosted}.html
if [ -t 1 ]; then
  echo "the links open as long as the server runs:  cd $PWD && FERRY_HOME=$FERRY_HOME ferry serve --stop  ends it"
else
  ferry serve --stop >/dev/null
fi
