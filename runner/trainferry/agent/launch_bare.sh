until [ -e "$control/ready" ]; do
  [ -z "$term" ] || exit 75
  nap
done
line ready
case $text in
  *'"already": true'*)
    echo "[ferry] already done: the store has the whole output of this run"
    exit 0
    ;;
  *'"error": {'*)
    number ready code
    reason=${text#*'"reason": "'} reason=${reason%%'"}'*}
    printf '[ferry] %s\n' "$reason"
    put done "{\"code\": null, \"exit\": $number, \"by\": \"fetch\", \"reason\": \"$reason\"}"
    leave
    ;;
esac
[ -z "$term" ] || exit 75
number ready attempt
export FERRY_ATTEMPT="$number"
oom_kills
before=$kills
"$@" &
pid=$! asked=0
[ -z "$term" ] || { nap && kill -TERM "$pid" 2>/dev/null; }
while kill -0 "$pid" 2>/dev/null; do
  [ ! -e "$control/fenced" ] || [ "$asked" -gt 0 ] || kill -TERM "$pid" 2>/dev/null
  if [ -n "$term" ] || [ -e "$control/fenced" ]; then
    asked=$((asked + tick))
    [ "$asked" -le $((grace * 3)) ] || kill -KILL "$pid" 2>/dev/null
  fi
  nap
done
wait "$pid"
own=$? pid=
# In a pod we are process 1 and end what it left behind; elsewhere that is not ours to do.
[ "$$" != 1 ] || kill -KILL -1 2>/dev/null
oom_kills
code=$own reason=
[ "$own" = 0 ] || reason="exit code $own"
if [ -e "$control/fenced" ]; then code=75 reason="a newer attempt of this run has taken over"
elif [ "$own" = 0 ]; then code=0
elif [ -n "$term" ]; then code=75 reason="stopped from outside (SIGTERM), exit code $own"
elif [ "$own" = 137 ] && [ "$kills" -gt "$before" ]; then code=137 reason="killed: out of memory"
elif [ "$own" = 137 ]; then code=75 reason="killed from outside (SIGKILL, no lack of memory)"
elif [ "$own" = 74 ]; then code=1 reason="exit code 74, which is 1 here: 74 is ferry's own"; fi
verdict "$own" "$code" "$reason"
leave
