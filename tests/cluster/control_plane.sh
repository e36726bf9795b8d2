# etcd, API server (RBAC, Node authorizer, Pod Security, no anonymous requests), controller manager, scheduler.

control_plane() {
  local etcd=https://127.0.0.1:12379 peer=http://127.0.0.1:12380
  run etcd "$PKI/etcd.crt" etcd --name "$NAME" --data-dir "$STATE/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls $etcd --advertise-client-urls $etcd --listen-peer-urls $peer --initial-advertise-peer-urls $peer \
    --initial-cluster "$NAME=$peer" \
    --cert-file "$PKI/etcd.crt" --key-file "$PKI/etcd.key" --trusted-ca-file "$PKI/etcd-ca.crt" --client-cert-auth
  run kube-apiserver "$PKI/apiserver.crt" kube-apiserver \
    --advertise-address "$NODE_IP" --bind-address 0.0.0.0 --secure-port "$API_PORT" --allow-privileged --anonymous-auth=false \
    --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction,PodSecurity,ResourceQuota \
    --client-ca-file "$PKI/ca.crt" --tls-cert-file "$PKI/apiserver.crt" --tls-private-key-file "$PKI/apiserver.key" \
    --etcd-servers $etcd --etcd-cafile "$PKI/etcd-ca.crt" \
    --etcd-certfile "$PKI/apiserver-etcd.crt" --etcd-keyfile "$PKI/apiserver-etcd.key" \
    --kubelet-certificate-authority "$PKI/ca.crt" --kubelet-preferred-address-types InternalIP \
    --kubelet-client-certificate "$PKI/apiserver-kubelet.crt" --kubelet-client-key "$PKI/apiserver-kubelet.key" \
    --proxy-client-cert-file "$PKI/front-proxy.crt" --proxy-client-key-file "$PKI/front-proxy.key" \
    --requestheader-client-ca-file "$PKI/front-ca.crt" --requestheader-allowed-names front-proxy-client \
    --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group \
    --requestheader-extra-headers-prefix X-Remote-Extra- --enable-aggregator-routing \
    --service-account-issuer https://kubernetes.default.svc.cluster.local \
    --service-account-key-file "$PKI/sa.pub" --service-account-signing-key-file "$PKI/sa.key" \
    --service-cluster-ip-range "$SERVICE_CIDR" --event-ttl 1h --profiling=false
  wait_for 120 "API server ready" kubectl get --raw /readyz
  run kube-controller-manager "$CONF/kube-controller-manager.conf" kube-controller-manager \
    $(as kube-controller-manager) --bind-address 127.0.0.1 --use-service-account-credentials --leader-elect=false \
    --root-ca-file "$PKI/ca.crt" --service-account-private-key-file "$PKI/sa.key" \
    --cluster-signing-cert-file "$PKI/ca.crt" --cluster-signing-key-file "$PKI/ca.key" --client-ca-file "$PKI/ca.crt" \
    --requestheader-client-ca-file "$PKI/front-ca.crt" --service-cluster-ip-range "$SERVICE_CIDR" \
    --controllers '*,bootstrapsigner,tokencleaner'
  run kube-scheduler "$CONF/kube-scheduler.conf" kube-scheduler $(as kube-scheduler) --bind-address 127.0.0.1 --leader-elect=false
}

as() { echo "--kubeconfig $CONF/$1.conf --authentication-kubeconfig $CONF/$1.conf --authorization-kubeconfig $CONF/$1.conf"; }

addons() {
  sed -e "s#@DNS_IP@#$DNS_IP#g" "$HERE/addons.yaml" | kubectl apply -f - >/dev/null
  run provisioner "" kubernetes provisioner --kubeconfig "$STATE/kubeconfig" --dir "$STATE/volumes"
}
