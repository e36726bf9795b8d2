# A second real node: its own containerd, kubelet and kube-proxy, in a network namespace of their own. No GPUs.

NODE2_STATE=$STATE/node2

node2_up() {
  mkdir -p "$NODE2_STATE"/{kubelet,conf,net.d}
  node2_network
  node2_credentials
  node2_configuration
  make_cgroup "$CGROUP-node2"
  mountpoint -q "$NODE2_STATE/kubelet" || mount --bind "$NODE2_STATE/kubelet" "$NODE2_STATE/kubelet"
  mount --make-rshared "$NODE2_STATE/kubelet"
  local conf=$NODE2_STATE/conf
  run containerd-node2 "$conf/containerd.toml" $(inside) containerd --config "$conf/containerd.toml"
  wait_for 60 "containerd of node 2 up" ctr --address "$NODE2_STATE/containerd.sock" version
  load_images "$NODE2_STATE/containerd.sock" pause
  run kubelet-node2 "$conf/kubelet.yaml" $(inside) kubelet --config "$conf/kubelet.yaml" --kubeconfig "$conf/kubelet.conf" \
    --hostname-override "$NODE2" --node-ip "$NODE2_IP" --root-dir "$NODE2_STATE/kubelet" --cert-dir "$NODE2_STATE/kubelet/pki" --v 2
  run kube-proxy-node2 "$conf/kube-proxy.yaml" $(inside) kube-proxy --config "$conf/kube-proxy.yaml"
  wait_for 60 "node 2 registered" grep -q "Successfully registered node" "$LOGS/kubelet-node2.log"
  wait_for 90 "node 2 ready" kubectl wait --for=condition=Ready "node/$NODE2" --timeout=1s
}

inside() { echo "nsenter --net=/run/netns/$NODE2"; } # not 'ip netns exec', which would make a mount namespace too

node2_network() {
  if ! ip netns list | grep -qw "$NODE2"; then
    ip netns add "$NODE2"
    ip link add "$VETH2" type veth peer name eth0 netns "$NODE2"
    ip addr add "$NODE2_GATEWAY/30" dev "$VETH2"
    ip link set "$VETH2" up
    ip -n "$NODE2" link set lo up
    ip -n "$NODE2" addr add "$NODE2_IP/30" dev eth0
    ip -n "$NODE2" link set eth0 up
    ip -n "$NODE2" route add default via "$NODE2_GATEWAY"
    $(inside) sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1 net.ipv4.conf.all.route_localnet=1
  fi
  ip route replace "$POD2_CIDR" via "$NODE2_IP"
  iptables -t nat -C $(node2_masquerade) 2>/dev/null || iptables -t nat -A $(node2_masquerade)
  iptables -t nat -C $(node2_registry) 2>/dev/null || iptables -t nat -A $(node2_registry)
}

node2_masquerade() { echo "POSTROUTING -s $NODE2_GATEWAY/30 ! -d $CLUSTER_CIDR ! -o $VETH2 -j MASQUERADE"; }
node2_registry() { echo "PREROUTING -i $VETH2 -p tcp --dport ${REGISTRY##*:} -j DNAT --to-destination $REGISTRY"; } # its loopback is not ours

node2_credentials() {
  local conf=$NODE2_STATE/conf name
  if [ ! -e "$conf/server.crt" ]; then
    certificate "$conf/client" ca "/O=system:nodes/CN=system:node:$NODE2" clientAuth
    certificate "$conf/server" ca "/O=system:nodes/CN=system:node:$NODE2" serverAuth "DNS:$NODE2,IP:$NODE2_IP"
  fi
  for name in kubelet kube-proxy; do # the API server's certificate does not name the gateway's address
    sed "s#https://127.0.0.1:#https://$NODE2_GATEWAY:#" "$CONF/$name.conf" >"$conf/$name.conf"
    kubectl config --kubeconfig "$conf/$name.conf" set-cluster "$NAME" --tls-server-name localhost >/dev/null
  done
  kubectl config --kubeconfig "$conf/kubelet.conf" set-credentials kubelet \
    --client-certificate "$conf/client.crt" --client-key "$conf/client.key" --embed-certs >/dev/null
}

node2_configuration() {
  local conf=$NODE2_STATE/conf
  containerd_config "$NODE2_STATE" | put "$conf/containerd.toml"
  network_config "$NODE2_STATE" "$POD2_CIDR" | put "$NODE2_STATE/net.d/10-bridge.conflist"
  kubelet_config "$NODE2_STATE" "$CGROUP-node2" "$conf/server" | put "$conf/kubelet.yaml"
  proxy_config "$NODE2" "$conf/kube-proxy.conf" | put "$conf/kube-proxy.yaml"
  mkdir -p "$NODE2_STATE/certs.d/$REGISTRY"
  printf 'server = "http://%s"\n[host."http://%s:%s"]\n  capabilities = ["pull", "resolve"]\n' "$REGISTRY" "$NODE2_GATEWAY" "${REGISTRY##*:}" |
    put "$NODE2_STATE/certs.d/$REGISTRY/hosts.toml"
}

node2_stop() {
  local ids
  [ -e "$NODE2_STATE" ] || return 0
  stop kube-proxy-node2 30
  stop kubelet-node2
  ids=$(end_containers "$NODE2_STATE/containerd.sock")
  stop containerd-node2
  end_shims "$NODE2_STATE/containerd.sock"
  unmount_below "$NODE2_STATE"
  forget_networks "$ids"
  iptables -t nat -D $(node2_masquerade)
  iptables -t nat -D $(node2_registry)
  ip netns del "$NODE2"
  ip link del "$VETH2"
  ip route del "$POD2_CIDR"
  remove_cgroup "$CGROUP-node2"
  kubectl delete node "$NODE2" --ignore-not-found --request-timeout=5s
  rm -rf --one-file-system "$NODE2_STATE"
} >/dev/null 2>&1
