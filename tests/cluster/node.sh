# The node: containerd, kubelet, kube-proxy, and what they need of the host. Its GPUs are pretended.

host_settings() {
  sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1 fs.inotify.max_user_instances=8192
  sysctl -qw net.bridge.bridge-nf-call-iptables=1 2>/dev/null || { modprobe br_netfilter && sysctl -qw net.bridge.bridge-nf-call-iptables=1; }
  # not the bridge plugin's own masquerading: it would also hide the pods of one node from another's
  iptables -t nat -C POSTROUTING $(masquerade) 2>/dev/null || iptables -t nat -A POSTROUTING $(masquerade)
  # as 'ip netns add' does the first time: done later it would hide the pods' namespaces, and no pod could be removed
  mkdir -p /run/netns
  mountpoint -q /run/netns || { mount --bind /run/netns /run/netns && mount --make-shared /run/netns && touch "$STATE/mounted-netns"; }
  mountpoint -q "$STATE/kubelet" || mount --bind "$STATE/kubelet" "$STATE/kubelet"
  mount --make-rshared "$STATE/kubelet" # mount propagation into pods needs it
  make_cgroup "$CGROUP"
}

masquerade() { echo "-s $CLUSTER_CIDR ! -d $CLUSTER_CIDR -j MASQUERADE"; }

containerd_up() {
  containerd_config "$STATE" | put "$CONF/containerd.toml"
  mkdir -p "$STATE/certs.d/$REGISTRY"
  printf 'server = "http://%s"\n[host."http://%s"]\n  capabilities = ["pull", "resolve"]\n' "$REGISTRY" "$REGISTRY" |
    put "$STATE/certs.d/$REGISTRY/hosts.toml"
  network_config "$STATE" "$POD_CIDR" | put "$STATE/net.d/10-bridge.conflist"
  run containerd "$CONF/containerd.toml" containerd --config "$CONF/containerd.toml"
  wait_for 60 "containerd up" ctr --address "$CONTAINERD" version
}

load_images() { # SOCKET IMAGE...
  local socket=$1 image
  shift
  for image in "$@"; do ctr --address "$socket" -n k8s.io images import "$ARCHIVES/$image.tar" >/dev/null; done
}

containerd_config() { # FOLDER
  cat <<T
version = 2
root = "$1/containerd/root"
state = "$1/containerd/run"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "$1/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "trainferry.test/pause:1"
  restrict_oom_score_adj = true # without CAP_SYS_RESOURCE no oom_score_adj can be lowered, and no pod would start
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$1/net.d"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$1/certs.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
T
}

network_config() { # FOLDER CIDR
  cat <<T
{"cniVersion": "1.0.0", "name": "$NAME", "plugins": [
  {"type": "bridge", "bridge": "$BRIDGE", "isGateway": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$1/ipam", "ranges": [[{"subnet": "$2"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
T
}

kubelet_up() {
  grep '^nameserver' /etc/resolv.conf | put "$CONF/resolv.conf"
  kubelet_config "$STATE" "$CGROUP" "$PKI/kubelet-server" | put "$CONF/kubelet.yaml"
  run kubelet "$CONF/kubelet.yaml $PKI/kubelet-server.crt" kubelet --config "$CONF/kubelet.yaml" --kubeconfig "$CONF/kubelet.conf" \
    --hostname-override "$NODE" --node-ip "$NODE_IP" --root-dir "$STATE/kubelet" --cert-dir "$STATE/kubelet/pki" --v 2
  proxy_config "$NODE" "$CONF/kube-proxy.conf" | put "$CONF/kube-proxy.yaml"
  run kube-proxy "$CONF/kube-proxy.yaml" kube-proxy --config "$CONF/kube-proxy.yaml"
}

kubelet_config() { # FOLDER CGROUP CERTIFICATE
  cat <<T
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
cgroupRoot: $2
containerRuntimeEndpoint: unix://$1/containerd.sock
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $PKI/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $3.crt
tlsPrivateKeyFile: $3.key
clusterDNS: [$DNS_IP]
clusterDomain: cluster.local
resolvConf: $CONF/resolv.conf
imageGCHighThresholdPercent: 100
evictionHard: {nodefs.available: "0%", nodefs.inodesFree: "0%", imagefs.available: "0%", memory.available: 200Mi}
failSwapOn: false
serializeImagePulls: false
shutdownGracePeriod: 0s
podLogsDir: $1/podlogs
volumePluginDir: $1/kubelet/volume-plugins
T
}

proxy_config() { # NODE KUBECONFIG
  cat <<T
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $2}
hostnameOverride: $1
mode: iptables
clusterCIDR: $CLUSTER_CIDR
bindAddress: 127.0.0.1
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
conntrack: {maxPerCore: 0}
T
}

# A kubelet that starts takes away extended resources it has no plugin for: wait until this one has registered.
pretend_gpus() {
  local capacity="{\"nvidia.com/gpu\":\"$GPUS\"}"
  kubectl label node "$NODE" --overwrite cloud.google.com/gke-accelerator=nvidia-l4 nvidia.com/gpu.product=NVIDIA-L4 >/dev/null
  kubectl patch node "$NODE" --subresource=status --type=merge \
    -p "{\"status\":{\"capacity\":$capacity,\"allocatable\":$capacity}}" >/dev/null
  lap "$GPUS pretended GPUs"
}

node_ready() {
  wait_for 60 "node registered" grep -q "Successfully registered node" "$LOGS/kubelet.log"
  wait_for 90 "node ready" kubectl wait --for=condition=Ready "node/$NODE" --timeout=1s
  pretend_gpus
  # after a second start Ready and readyReplicas still show the last run's state: ask the DNS service itself
  wait_for 120 "DNS answers" python3 "$HERE/dns_answers.py" "$DNS_IP" kubernetes.default.svc.cluster.local "$SERVICE_IP"
}
