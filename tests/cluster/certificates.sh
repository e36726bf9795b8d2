# Certificates (openssl, EC keys) and kubeconfigs: made once; the two that name the machine's address again when it changed.

EC="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

authority() { # FILE NAME
  # shellcheck disable=SC2086
  openssl req -x509 $EC -days 3650 -subj "/CN=$2" -keyout "$PKI/$1.key" -out "$PKI/$1.crt" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature 2>/dev/null
}

certificate() { # PATH AUTHORITY SUBJECT USAGE [ALTERNATIVE_NAMES]
  # shellcheck disable=SC2086
  openssl req $EC -subj "$3" -keyout "$1.key" -out "$1.csr" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA "$PKI/$2.crt" -CAkey "$PKI/$2.key" -CAcreateserial -days 3650 -out "$1.crt" -extfile <(
    printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=%s\n%s' "$4" "${5:+subjectAltName=$5}"
  ) 2>/dev/null
}

kubeconfig() { # FILE CERTIFICATE
  local c=("$BIN/kubectl" config --kubeconfig "$1")
  "${c[@]}" set-cluster "$NAME" --server "https://127.0.0.1:$API_PORT" --certificate-authority "$PKI/ca.crt" --embed-certs
  "${c[@]}" set-credentials "$2" --client-certificate "$PKI/$2.crt" --client-key "$PKI/$2.key" --embed-certs
  "${c[@]}" set-context "$NAME" --cluster "$NAME" --user "$2"
  "${c[@]}" use-context "$NAME"
  chmod 600 "$1"
} >/dev/null

certificates() {
  [ -e "$PKI/done" ] || make_certificates
  [ "$(cat "$PKI/done")" = "$NODE_IP" ] || serving_certificates
}

make_certificates() {
  local user names="DNS:localhost,IP:127.0.0.1"
  authority ca kubernetes
  authority etcd-ca etcd
  authority front-ca front-proxy
  openssl genrsa -out "$PKI/sa.key" 2048 2>/dev/null
  openssl rsa -in "$PKI/sa.key" -pubout -out "$PKI/sa.pub" 2>/dev/null
  certificate "$PKI/etcd" etcd-ca /CN=etcd serverAuth,clientAuth "$names"
  certificate "$PKI/apiserver-etcd" etcd-ca /CN=kube-apiserver clientAuth
  certificate "$PKI/apiserver-kubelet" ca /O=system:masters/CN=kube-apiserver-kubelet-client clientAuth
  certificate "$PKI/front-proxy" front-ca /CN=front-proxy-client clientAuth
  certificate "$PKI/admin" ca "/O=system:masters/CN=admin" clientAuth
  certificate "$PKI/kubelet" ca "/O=system:nodes/CN=system:node:$NODE" clientAuth
  for user in kube-controller-manager kube-scheduler kube-proxy; do
    certificate "$PKI/$user" ca "/CN=system:$user" clientAuth
  done
  for user in admin kubelet kube-controller-manager kube-scheduler kube-proxy; do kubeconfig "$CONF/$user.conf" "$user"; done
  cp "$CONF/admin.conf" "$STATE/kubeconfig"
  echo none >"$PKI/done"
  lap "certificates"
}

serving_certificates() {
  local service=kubernetes.default.svc.cluster.local
  certificate "$PKI/apiserver" ca /CN=kube-apiserver serverAuth \
    "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:$service,IP:127.0.0.1,IP:$SERVICE_IP,IP:$NODE_IP"
  certificate "$PKI/kubelet-server" ca "/O=system:nodes/CN=system:node:$NODE" serverAuth "DNS:$NODE,IP:127.0.0.1,IP:$NODE_IP"
  echo "$NODE_IP" >"$PKI/done"
}
