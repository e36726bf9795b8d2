#!/usr/bin/env bash
# stages.sh STAGE...: run the stages of the tests one after the other and print what each took.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=$PWD/.venv/bin
export PATH=$bin:$PATH

lint() {
  ruff check . && ruff format --check . && mypy && lint-imports --no-cache
}
unit() { pytest tests/unit -q --durations=5; }
packages() { # what the tests drive beside Python's packages: a browser for the pages, programs to compare with
  local missing
  missing=$(for p in chromium fonts-dejavu-core git; do dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || echo "$p"; done)
  command -v node >/dev/null || missing="$missing nodejs" # computes with the net that a demo's page computes with
  [ -n "$missing" ] || return 0
  # shellcheck disable=SC2086
  { apt-get update -q || true; apt-get install -q -y --no-install-recommends $missing; } </dev/null >/dev/null
}
integration() { packages && pytest tests/integration tests/cluster -q -m "not soak" --durations=10; }
cluster() { tests/cluster/cluster.sh up; }
e2e() {
  cluster || return
  eval "$(tests/cluster/cluster.sh env)"
  pytest tests/e2e -q -m "not soak" --durations=15
}
soak() {
  cluster || return
  eval "$(tests/cluster/cluster.sh env)"
  pytest tests/e2e tests/integration -q -m soak -s
}
bench() {
  cluster || return
  eval "$(tests/cluster/cluster.sh env)"
  python -m tests.bench
}

report=() failed=0
for stage in "$@"; do
  echo "== $stage"
  began=$SECONDS
  if "$stage"; then verdict=ok; else verdict=FAILED failed=1; fi
  report+=("$(printf '%-12s %6s  %5d s' "$stage" "$verdict" $((SECONDS - began)))")
  case $failed$stage in 1lint | 1unit) break ;; esac # what comes later tells more than it costs
done
printf '%s\n' "" "${report[@]}"
exit "$failed"
