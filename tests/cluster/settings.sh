# Where things are and what they are called; every name can be overridden, so that a second cluster can run beside the
# first in a network namespace of its own (another FERRY_TEST_CLUSTER_NAME is enough).
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CHECKOUT=$(cd "$HERE/../.." && pwd)
HOUSE=${FERRY_TEST_CLUSTER_HOME:-$HOME/.cache/trainferry/cluster}
NAME=${FERRY_TEST_CLUSTER_NAME:-ferry}
EXTERNAL=${FERRY_TEST_KUBECONFIG:-}

BIN=$HOUSE/bin BUILDS=$HOUSE/builds ARCHIVES=$HOUSE/images
STATE=$HOUSE/$NAME
PKI=$STATE/pki LOGS=$STATE/logs RUN=$STATE/run CONF=$STATE/conf
CONTAINERD=$STATE/containerd.sock

KUBERNETES=1.35.4 FAKE_GCS=1.56.1
NODE=$NAME-node BRIDGE=$NAME-br CGROUP=/$NAME-test
NODE2=$NAME-node2 VETH2=$NAME-veth2 NODE2_IP=172.30.2.2 NODE2_GATEWAY=172.30.2.1
CLUSTER_CIDR=10.244.0.0/16 POD_CIDR=10.244.0.0/24 POD2_CIDR=10.244.1.0/24
SERVICE_CIDR=10.96.0.0/16 SERVICE_IP=10.96.0.1 DNS_IP=10.96.0.10
API_PORT=6443 GCS_PORT=4443 EMULATOR_PORT=4444
OWN_REGISTRY=127.0.0.1:5000 REGISTRY=${FERRY_TEST_REGISTRY:-127.0.0.1:5000}
HIERARCHIES="cpu cpuacct cpuset memory devices freezer blkio pids systemd unified"
GPUS=8

export PATH=$BIN:/usr/local/sbin:/usr/sbin:/sbin:$PATH
NODE_IP=${FERRY_TEST_NODE_IP:-$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p')}
NODE_IP=${NODE_IP:-$(hostname -I | awk '{print $1}')}
GCS=http://$NODE_IP:$GCS_PORT
export KUBECONFIG=${EXTERNAL:-$STATE/kubeconfig}
export DOCKER_HOST=${FERRY_TEST_DOCKER_HOST:-unix://$STATE/docker.sock}
