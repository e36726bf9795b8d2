# The end: stops what up started (by recorded pid), the pods it ran, and undoes what it did to the host.

stop_all() {
  local ids="" name
  node2_stop
  for name in provisioner kube-proxy kubelet; do stop "$name"; done
  stop dockerd
  if [ -S "$CONTAINERD" ]; then ids=$(end_containers "$CONTAINERD"); fi
  for name in kube-scheduler kube-controller-manager kube-apiserver; do stop "$name" 30; done # open watches would hold it up
  for name in etcd containerd registry gcs-proxy gcs-emulator; do stop "$name"; done
  end_shims "$CONTAINERD"
  unmount_below "$STATE"
  forget_networks "$ids"
  undo_host_settings
  lap "stopped"
}

# CNI keeps its results by name in one folder for all: touch those of our containers only
forget_networks() {
  local id file namespace
  for id in $1; do
    for file in /var/lib/cni/results/"$NAME-$id"-*; do
      [ -e "$file" ] || continue
      namespace=$(grep -o '/run/netns/cni-[0-9a-f-]*' "$file" | head -1)
      [ -z "$namespace" ] || { umount "$namespace" 2>/dev/null; rm -f "$namespace"; }
      rm -f "$file"
    done
  done
}

undo_host_settings() {
  ip link del "$BRIDGE"
  iptables -t nat -D POSTROUTING $(masquerade)
  [ ! -x "$BIN/kube-proxy" ] || [ ! -e "$CONF/kube-proxy.yaml" ] || kube-proxy --cleanup --config "$CONF/kube-proxy.yaml"
  remove_cgroup "$CGROUP"
  remove_chains iptables
  remove_chains ip6tables
  [ ! -e "$STATE/mounted-netns" ] || [ -n "$(ls /run/netns)" ] || umount /run/netns
  rm -rf "$STATE/mounted-netns" "$STATE/ipam" "$STATE/docker-run" "$STATE"/*.sock
} >/dev/null 2>&1

remove_chains() { # IPTABLES: the kubelet's own canary and firewall chains, and what CNI left
  local table chains chain rule
  for table in mangle nat filter; do
    "$1-save" -t $table | grep -E '^-A [A-Z]+ .*-j (KUBE-|CNI-)' | while read -r _ rule; do eval "$1 -t $table -D $rule"; done
    chains=$("$1-save" -t $table | sed -n 's/^:\(KUBE-[A-Z-]*\|CNI-[0-9A-Za-z-]*\) .*/\1/p')
    for chain in $chains; do "$1" -t $table -F "$chain"; done
    for chain in $chains; do "$1" -t $table -X "$chain"; done
  done
}

purge() {
  stop_all
  rm -rf --one-file-system "$STATE"
}
