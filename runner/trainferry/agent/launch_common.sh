control=${FERRY_CONTROL:-/ferry/control} grace=${FERRY_GRACE:-120} stall=${FERRY_STALL:-120}
term= pid= tick=1
# A signal to a process that sh has just forked may be lost: the file says it too.
trap 'term=1; : >"$control/term"; [ -z "$pid" ] || kill -TERM "$pid" 2>/dev/null' TERM
# A tenth of a second where sleep can, counted in tenths either way.
nap() { if sleep 0.1 2>/dev/null; then tick=1; else sleep 1; tick=10; fi; }
put() { printf '%s\n' "$2" >"$control/.$1.sh" && chmod 644 "$control/.$1.sh" && mv "$control/.$1.sh" "$control/$1"; }
line() { text=; [ ! -e "$control/$1" ] || { read -r text || :; } <"$control/$1"; }
# The number after "NAME": in a one-line JSON file; empty when there is none.
number() {
  line "$1"
  case $text in *"\"$2\": "[0-9]*) number=${text#*"\"$2\": "} number=${number%%[!0-9]*} ;; *) number= ;; esac
}
oom_kills() {
  kills=0
  for file in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do
    [ ! -r "$file" ] || while read -r key value; do [ "$key" != oom_kill ] || kills=$value; done <"$file"
  done
}
# verdict OWN EXIT REASON; OWN is a number or null
verdict() {
  [ -n "$term" ] && stopped=true || stopped=false
  put done "{\"code\": $1, \"exit\": $2, \"by\": \"launcher\", \"terminated\": $stopped, \"reason\": \"$3\"}"
}
# Wait until the agent has stored everything: as long as bytes move and the grace period lasts.
flush() {
  still=0 over=0 last=
  while [ ! -e "$control/flushed" ]; do
    [ "$still" -lt $((stall * 10)) ] || return 1
    [ -z "$term" ] || [ "$over" -lt $(((grace - 5) * 10)) ] || return 1
    nap
    line progress
    [ "$text" = "$last" ] && still=$((still + tick)) || still=0
    last=$text
    [ -z "$term" ] || over=$((over + tick))
  done
}
# The exit code of a verdict that was written, once all is stored: the agent's word, else the verdict's, else 74 or 75.
leave() {
  if flush; then number flushed exit; [ -n "$number" ] || number done exit
  else
    number done exit
    case $number in 0 | 75) [ -n "$term" ] && number=75 || number=74 ;; esac
  fi
  exit "${number:-1}"
}
