# Long-lived processes: one pid file each with the start time, so that a reused pid is told apart; detached, no stdin.

born() { awk '{sub(/.*\) /, ""); if ($1 != "Z" && $1 != "X") print $20}' "/proc/$1/stat" 2>/dev/null || true; } # a zombie is gone

# recorded NAME: sets pid, at and key to what the pid file says; fails when that process is gone
recorded() {
  [ -e "$RUN/$1.pid" ] && read -r pid at key <"$RUN/$1.pid" && [ -n "$at" ] && [ "$(born "$pid")" = "$at" ]
}

# run NAME "FILE..." COMMAND...: starts it unless it runs already with the same command and the same content of the files
run() {
  local name=$1 files=$2 pid at key wanted
  shift 2
  # shellcheck disable=SC2086
  wanted=$( { echo "$@"; readlink -f "$(command -v "$1")"; cat $files; } | sha256sum | cut -c1-16)
  if recorded "$name"; then
    [ "$key" = "$wanted" ] && return 0
    stop "$name"
  fi
  [ ! -e "$LOGS/$name.log" ] || mv "$LOGS/$name.log" "$LOGS/$name.log.1"
  setsid "$@" </dev/null >"$LOGS/$name.log" 2>&1 9>&- &
  echo "$! $(born $!) $wanted" >"$RUN/$name.pid"
}

# stop NAME [TENTHS]: TERM, then KILL when it has not ended in time
stop() {
  local pid at key
  if recorded "$1"; then
    kill "$pid" 2>/dev/null
    for _ in $(seq "${2:-150}"); do [ "$(born "$pid")" = "$at" ] || break; sleep 0.1; done
    [ "$(born "$pid")" = "$at" ] && kill -9 "$pid" 2>/dev/null
  fi
  rm -f "$RUN/$1.pid"
}

# end_containers SOCKET: containers outlive their containerd: end them through it; prints the ids
end_containers() {
  local ids task
  c() { timeout 20 ctr --address "$1" -n k8s.io "${@:2}" 2>/dev/null; }
  for task in $(c "$1" tasks ls -q); do c "$1" tasks kill -s SIGKILL "$task" >/dev/null; done
  for _ in $(seq 30); do [ -z "$(c "$1" tasks ls | grep RUNNING)" ] && break; sleep 0.1; done
  for task in $(c "$1" tasks ls -q); do c "$1" tasks rm -f "$task" >/dev/null; done
  ids=$(c "$1" containers ls -q)
  for task in $ids; do c "$1" containers rm "$task" >/dev/null; done
  echo "$ids"
}

# end_shims SOCKET: shims are told by the socket path of their containerd
end_shims() {
  local pid
  for pid in $(grep -lzs -- "$1" /proc/[0-9]*/cmdline | cut -d/ -f3); do
    { tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q containerd-shim && kill -9 "$pid"; } 2>/dev/null
  done
}

# unmount_below FOLDER, deepest first
unmount_below() {
  awk -v below="$1/" 'index($2, below) == 1 {print $2}' /proc/self/mounts | sort -r |
    while read -r mount; do umount -l "$(printf '%b' "$mount")" 2>/dev/null; done
}

make_cgroup() { # kubelets on one host must not share a cgroup root; a cpuset has to be filled before use
  local h f
  for h in $HIERARCHIES; do [ ! -d "/sys/fs/cgroup/$h" ] || mkdir -p "/sys/fs/cgroup/$h$1"; done
  for f in cpus mems; do cat "/sys/fs/cgroup/cpuset/cpuset.$f" >"/sys/fs/cgroup/cpuset$1/cpuset.$f"; done
}

remove_cgroup() {
  local h
  for h in $HIERARCHIES; do find "/sys/fs/cgroup/$h$1" -depth -type d -exec rmdir {} + 2>/dev/null; done
}

# wait_for SECONDS WHAT COMMAND...: polls; ends the script with a line that names the logs when it takes too long
wait_for() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { echo "cluster.sh: $what: not in time; see $LOGS" >&2; exit 1; }
    sleep 0.1
  done
  lap "$what"
}

lap() { printf '%7.1f s  %s\n' "$(echo "$(date +%s.%N) - $BEGAN" | bc)" "$*"; }
BEGAN=$(date +%s.%N)

# put FILE: writes standard input to it, only when it differs (kube-proxy ends when its file is rewritten)
put() {
  local fresh
  fresh=$(mktemp)
  cat >"$fresh"
  cmp -s "$fresh" "$1" || cat "$fresh" >"$1"
  rm -f "$fresh"
}
