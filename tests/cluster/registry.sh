# A registry and a Docker daemon of our own, and the images that tests start from.

registry_up() {
  mkdir -p "$STATE/registry"
  put "$CONF/registry.yaml" <<T
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $STATE/registry}, delete: {enabled: true}, cache: {blobdescriptor: inmemory}}
http: {addr: "$REGISTRY"}
T
  run registry "$CONF/registry.yaml" docker-registry serve "$CONF/registry.yaml"
  wait_for 20 "registry answers" curl -sf "http://$REGISTRY/v2/"
}

docker_up() {
  rm -f "$STATE/docker-run/own.pid"
  run dockerd "" /usr/sbin/dockerd --host "unix://$STATE/docker.sock" --containerd "$CONTAINERD" --cgroup-parent "$CGROUP/docker" \
    --data-root "$STATE/docker" --exec-root "$STATE/docker-run" --pidfile "$STATE/docker-run/own.pid" \
    --bridge none --iptables=false --ip6tables=false --group "$(id -gn)"
  wait_for 60 "Docker answers" docker version
}

# image NAME KEY COMMAND...: makes and pushes it unless the registry has it from the same KEY already
image() {
  local name=$REGISTRY/$1 mark=$STATE/pushed/${1//\//_}-$2
  shift 2
  [ -e "$mark" ] && in_registry "${name#"$REGISTRY"/}" && return 0
  "$@" "$name" </dev/null >"$LOGS/image.log" 2>&1 && docker push -q "$name" >>"$LOGS/image.log" 2>&1 ||
    { tail -20 "$LOGS/image.log" >&2; exit 1; }
  ctr --address "$CONTAINERD" -n k8s.io images rm "$name" >/dev/null 2>&1 || true # the node's older one of that name
  mkdir -p "$STATE/pushed"
  touch "$mark"
  lap "image $name"
}

in_registry() { # NAME:TAG
  curl -sfI -o /dev/null -H "Accept: application/vnd.docker.distribution.manifest.v2+json" "http://$REGISTRY/v2/${1%:*}/manifests/${1##*:}"
}

base_images() {
  local base
  base=$(key "$HERE/registry.sh")
  image base/python:3.11 "$base" python_image
  image test/nopython:1 "$base" busybox_image
  image test/rootfiles:1 "$base" rootfiles_image
}

# Stands in for python:3.13-slim. It trusts what this machine trusts, so that pip works in builds; only tests see it.
python_image() {
  local tar=$ARCHIVES/python-1.tar root name
  if [ ! -e "$tar" ]; then
    root=$(mktemp -d "$HOUSE/debootstrap.XXXXXX")
    debootstrap --variant=minbase --include=python3,python3-pip,python3-venv,ca-certificates bookworm "$root"
    ln -s python3 "$root/usr/bin/python"
    rm -rf "$root"/usr/lib/python3*/EXTERNALLY-MANAGED "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
    cp "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$root/etc/ssl/certs/ca-certificates.crt"
    chmod 755 "$root"
    tar -C "$root" -cf "$tar.tmp" .
    mv "$tar.tmp" "$tar"
    rm -rf --one-file-system "$root"
  fi
  local trust bundle=/etc/ssl/certs/ca-certificates.crt
  trust=(-c "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
  for name in SSL_CERT_FILE PIP_CERT REQUESTS_CA_BUNDLE; do trust+=(-c "ENV $name=$bundle"); done
  docker import -c 'CMD ["python3"]' "${trust[@]}" "$tar" "$1"
}

busybox_image() { # an image with sh and without python3
  local root
  root=$(mktemp -d)
  mkdir -p "$root/bin" "$root/etc" "$root/tmp"
  chmod 1777 "$root/tmp"
  cp /bin/busybox "$root/bin/busybox"
  for tool in $(/bin/busybox --list | grep -vx busybox); do ln -s busybox "$root/bin/$tool"; done
  echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
  chmod 755 "$root"
  tar -C "$root" -c . | docker import -c 'CMD ["sh"]' -c "ENV PATH=/bin" - "$1"
  rm -rf "$root"
}

rootfiles_image() { DOCKER_BUILDKIT=1 docker build --network host -t "$1" --build-arg "BASE=$REGISTRY/base/python:3.11" "$HERE/images/rootfiles"; }
