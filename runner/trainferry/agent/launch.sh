until [ -e "$control/wrapper.pyz" ]; do
  [ -z "$term" ] || exit 75
  nap
done
if ! command -v python3 >/dev/null 2>&1; then
  echo "[ferry] this image has no python3: use an image that has one, or  ferry run --bare  (no log in the store, no GPU check)"
  verdict null 64 "the image has no python3; ferry run --bare does without"
  leave
fi
oom_kills
before=$kills
python3 -IS "$control/wrapper.pyz" "$@" &
pid=$!
while :; do
  wait "$pid"
  code=$?
  kill -0 "$pid" 2>/dev/null || break
done
pid=
if [ -e "$control/exit" ]; then
  line exit
  exit "$text"
fi
# The wrapper did not come to its end: it was killed, or this python3 cannot run it.
line child
if [ -n "$text" ]; then
  group=$text left=$((grace * 3))
  kill -TERM "-$group" 2>/dev/null
  while kill -0 "-$group" 2>/dev/null && [ "$left" -gt 0 ]; do
    nap
    left=$((left - tick))
  done
  kill -KILL "-$group" 2>/dev/null
fi
if [ ! -e "$control/done" ]; then
  oom_kills
  own=null
  if [ "$code" -le 128 ]; then own=$code reason="the wrapper ended with exit code $code"
  elif [ "$kills" -gt "$before" ]; then code=137 reason="killed: out of memory"
  else code=75 reason="the wrapper was killed from outside"; fi
  [ -z "$term" ] || code=75
  echo "[ferry] $reason"
  verdict "$own" "$code" "$reason"
fi
leave
