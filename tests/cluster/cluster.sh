#!/usr/bin/env bash
# cluster.sh up | stop | purge | status | env | node2 | node2-stop: a real Kubernetes, a registry, Docker and a GCS server
# for the tests.
#
# FERRY_TEST_KUBECONFIG=FILE uses that cluster instead (then only the GCS server is started here, and, unless
# FERRY_TEST_REGISTRY names one that its nodes can pull from, a registry). Everything lies below
# FERRY_TEST_CLUSTER_HOME (~/.cache/trainferry/cluster): another checkout finds the same cluster and takes it over.
# FERRY_TEST_NODE2=1, or the verb node2, adds a second node. A second cluster beside the first, in a network namespace:
#   FERRY_TEST_CLUSTER_NAME=second nsenter --net=/run/netns/NAMESPACE tests/cluster/cluster.sh up
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
cd "$(dirname "$0")" && source ./settings.sh
for part in processes build certificates control_plane node node2 registry gcs stop; do source "$HERE/$part.sh"; done

up() {
  [ "$(id -u)" = 0 ] || { echo "cluster.sh: root only (or set FERRY_TEST_KUBECONFIG to use a cluster of yours)" >&2; exit 1; }
  mkdir -p "$STATE"/{pki,logs,run,conf,etcd,net.d,kubelet,volumes,containerd,docker-run} "$BIN" "$BUILDS" "$ARCHIVES"
  chmod 700 "$STATE/etcd" "$PKI"
  if quick; then lap "was up already"; return; fi
  rm -f "$STATE/up"
  install_packages
  build_python
  build_binaries
  if [ -z "$EXTERNAL" ]; then kubernetes_up; else containerd_alone; fi
  gcs_up
  [ "$REGISTRY" != "$OWN_REGISTRY" ] || registry_up
  [ -n "${FERRY_TEST_DOCKER_HOST:-}" ] || docker_up
  base_images
  if [ -n "${FERRY_TEST_NODE2:-}" ] || [ -e "$NODE2_STATE" ]; then node2_up; fi
  version >"$STATE/up"
  lap "up"
}

kubernetes_up() {
  certificates
  host_settings
  containerd_up
  load_images "$CONTAINERD" pause coredns
  control_plane
  kubelet_up
  addons
  node_ready
}

containerd_alone() { # for Docker
  make_cgroup "$CGROUP"
  containerd_up
}

version() { { echo "$NODE_IP $EXTERNAL $REGISTRY ${FERRY_TEST_NODE2:-}"; find "$HERE" -type f -not -name "*.pyc" -print0 | sort -z | xargs -0 cat; } | sha256sum; }

# quick: whether the same version is up, every process of it runs, and the three servers answer
quick() {
  local file pid at key
  [ -e "$STATE/up" ] && [ "$(version)" = "$(cat "$STATE/up")" ] || return 1
  for file in "$RUN"/*.pid; do recorded "$(basename "$file" .pid)" || return 1; done
  curl -sf "$GCS/storage/v1/b?project=test" >/dev/null && in_registry base/python:3.11 && kubectl get --raw /readyz >/dev/null 2>&1
}

status() {
  local file name pid at key
  for file in "$RUN"/*.pid; do
    [ -e "$file" ] || { echo "nothing runs"; return 1; }
    name=$(basename "$file" .pid)
    if recorded "$name"; then echo "runs   $name ($pid)"; else echo "ended  $name: $LOGS/$name.log"; fi
  done
  kubectl get nodes -o wide --request-timeout=5s
}

env_lines() {
  cat <<T
export KUBECONFIG=$KUBECONFIG
export FERRY_TEST_GCS=$GCS
export FERRY_TEST_REGISTRY=$REGISTRY
export DOCKER_HOST=$DOCKER_HOST
export PATH=$BIN:\$PATH
T
}

locked() { # two checkouts do not build or start at the same time
  mkdir -p "$HOUSE" "$RUN" "$LOGS"
  exec 9>"$HOUSE/lock"
  flock 9
  "$@"
}

case ${1:-} in
  up) set -e; locked up ;;
  node2) set -e; locked node2_up ;;
  node2-stop) locked node2_stop ;;
  stop) locked stop_all ;;
  purge) locked purge ;;
  status) status ;;
  env) env_lines ;;
  *) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
esac
