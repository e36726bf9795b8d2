# What Debian does not package is built from Go modules, once per version of its sources: builds/NAME-KEY/NAME.

PACKAGES="containerd runc containernetworking-plugins iptables conntrack socat ebtables ethtool ipset nftables kmod
  iproute2 docker.io docker-registry debootstrap busybox-static openssl bc curl gcc libc6-dev util-linux"

install_packages() {
  local missing
  ln -sfn /usr/bin/docker "$BIN/docker" # Debian's has BuildKit built in; a newer client may lack buildx
  # shellcheck disable=SC2086
  missing=$(for p in $PACKAGES; do dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || echo "$p"; done)
  [ -n "$missing" ] || return 0
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086
  { apt-get update -q || true; apt-get install -q -y --no-install-recommends $missing; } </dev/null >"$LOGS/apt.log" 2>&1 ||
    { tail -5 "$LOGS/apt.log" >&2; exit 1; }
  lap "packages installed"
}

# built NAME KEY COMMAND...: runs the command with the variable OUT once per key; a half-finished build never counts
built() {
  local name=$1 target=$BUILDS/$1-$2
  shift 2
  if [ ! -x "$target/$name" ]; then
    rm -rf "$target.tmp"
    mkdir -p "$target.tmp"
    OUT=$target.tmp/$name "$@" </dev/null >"$LOGS/build-$name.log" 2>&1 || { tail -20 "$LOGS/build-$name.log" >&2; exit 1; }
    rm -rf "$BUILDS/$name-"????????????????
    mv "$target.tmp" "$target"
    lap "$name built"
  fi
  ln -sfn "$target/$name" "$BIN/$name"
}

key() { { cat "$@"; echo "$KUBERNETES $FAKE_GCS"; } | sha256sum | cut -c1-16; }

build_binaries() {
  command -v go >/dev/null || { echo "cluster.sh: go 1.25 or newer is needed (or set FERRY_TEST_KUBECONFIG to use a cluster of yours)" >&2; exit 1; }
  export CGO_ENABLED=0 GOFLAGS="-buildvcs=false -mod=readonly"
  build_emulator
  [ -z "$EXTERNAL" ] || return 0
  built kubernetes "$(key "$HERE"/kubernetes/*)" go_build "$HERE/kubernetes" "$(kubernetes_version)"
  built coredns "$(key "$HERE"/coredns/*)" go_build "$HERE/coredns"
  built pause "$(key "$HERE/images/pause.c")" pause_build
  for component in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl etcd; do
    ln -sfn "$(readlink "$BIN/kubernetes")" "$BIN/$component"
  done
  archive pause /pause "$BIN/pause=/pause"
  archive coredns /coredns "$BIN/coredns=/coredns" /etc/ssl/certs/ca-certificates.crt=/etc/ssl/certs/ca-certificates.crt
}

build_emulator() { built fake-gcs-server "$(echo "$FAKE_GCS" | key -)" emulator_build; }

go_build() { cd "$1" && go build -ldflags="-s -w ${2:-}" -o "$OUT" .; }
pause_build() { gcc -Os -static -s -o "$OUT" "$HERE/images/pause.c"; }
emulator_build() { GOFLAGS= GOBIN=$(dirname "$OUT") go install -ldflags="-s -w" "github.com/fsouza/fake-gcs-server@v$FAKE_GCS"; }

kubernetes_version() { # without it every component calls itself v0.0.0-master
  local base=k8s.io/component-base/version
  echo "-X $base.gitVersion=v$KUBERNETES -X $base.gitMajor=1 -X $base.gitMinor=35 -X k8s.io/client-go/pkg/version.gitVersion=v$KUBERNETES"
}

# archive NAME ENTRYPOINT FILE=PATH...: an image of plain files for containerd, made again when the binary is newer
archive() {
  local tar=$ARCHIVES/$1.tar
  [ "$tar" -nt "$BIN/$1" ] || { python3 "$HERE/images/archive.py" "$tar.tmp" "trainferry.test/$1:1" "${@:2}" && mv "$tar.tmp" "$tar"; }
}

# The proxy's own Python, so that it outlives the checkout that started it.
build_python() {
  local wanted=$HOUSE/python-1
  PYTHON=$wanted/bin/python
  [ -e "$wanted/done" ] && return 0
  rm -rf "$wanted"
  { python3 -m venv "$wanted" && "$PYTHON" -m pip install -q "aiohttp>=3.14,<4" "cryptography>=45" "google-crc32c>=1.6,<2" &&
    "$PYTHON" -m compileall -q "$wanted/lib"; } </dev/null >"$LOGS/python.log" 2>&1 || { tail -5 "$LOGS/python.log" >&2; exit 1; }
  touch "$wanted/done"
  lap "python for the GCS proxy"
}
