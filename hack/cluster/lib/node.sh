# A node: a machine with a cable to the bridge, containerd, kubelet and kube-proxy.
# shellcheck shell=bash

# Ours: the usual one would have to be pulled. Built by pause_archive.
readonly PAUSE_IMAGE=localhost/rewindmq/pause:1

node_ip() { echo "$MACHINE_NET.$((10 + $1))"; }
node_pods() { echo "$POD_NET.$1.0/24"; }

node_cable() {
  local number=$1 name=node$1 other
  machine_network cp ip link del "cable$number" 2>/dev/null || :
  machine_network cp ip link add "cable$number" type veth peer name eth0 \
    netns "$(machine_pid "$name")"
  machine_network cp ip link set "cable$number" master br0 up
  machine_network cp ip route replace "$(node_pods "$number")" via "$(node_ip "$number")"
  machine_network "$name" sh -ec "
    ip addr add $(node_ip "$number")/24 dev eth0
    ip link set eth0 up
    ip route add default via $CONTROL_PLANE_IP
    sysctl -qw net.ipv4.ip_forward=1
    sysctl -qw net.bridge.bridge-nf-call-iptables=1 || :"
  for other in $(seq "$(cat "$state/nodes")"); do
    [ "$other" = "$number" ] || machine_network "$name" \
      ip route replace "$(node_pods "$other")" via "$(node_ip "$other")"
  done
}

node_write_containerd() {
  local number=$1 folder=$state/node$1
  mkdir -p "$folder/cni"
  cat >"$folder/cni/10-bridge.conflist" <<JSON
{"cniVersion": "0.4.0", "name": "rewindmq", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "/run/cni-ipam",
            "ranges": [[{"subnet": "$(node_pods "$number")"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
JSON
  # Inside foreign control groups a lower oom_score_adj and AppArmor profiles are out of reach.
  cat >"$folder/containerd.toml" <<TOML
version = 2
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$PAUSE_IMAGE"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/run/machine/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
TOML
}

node_write_kubelet() {
  local number=$1 folder=$state/node$1
  echo "nameserver $CONTROL_PLANE_IP" >"$folder/resolv.conf"
  cp "$pki/ca.crt" "$folder/ca.crt"
  # No eviction: the disk is the developer's, and its fill level none of the cluster's business.
  cat >"$folder/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $(node_ip "$number")
healthzBindAddress: 127.0.0.1
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: /run/machine/ca.crt}
authorization: {mode: Webhook}
tlsCertFile: /run/machine/kubelet.crt
tlsPrivateKeyFile: /run/machine/kubelet.key
clusterDNS: [$CONTROL_PLANE_IP]
clusterDomain: cluster.local
resolvConf: /run/machine/resolv.conf
imageGCHighThresholdPercent: 100
evictionHard:
  memory.available: "0%"
  nodefs.available: "0%"
  nodefs.inodesFree: "0%"
  imagefs.available: "0%"
  imagefs.inodesFree: "0%"
nodeStatusUpdateFrequency: 4s
syncFrequency: 5s
volumePluginDir: /run/machine/volume-plugins
YAML
}

node_write_proxy() {
  local number=$1 folder=$state/node$1
  # Zero keeps kube-proxy away from the computer's connection tracking limits.
  cat >"$folder/proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
bindAddress: $(node_ip "$number")
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
clientConnection: {kubeconfig: /run/machine/proxy.kubeconfig}
hostnameOverride: node$number
clusterCIDR: $POD_NET.0.0/16
mode: nftables
conntrack: {maxPerCore: 0, min: 0, tcpCloseWaitTimeout: 0s, tcpEstablishedTimeout: 0s}
YAML
}

node_write_certificates() {
  local number=$1 folder=$state/node$1 subject=/O=system:nodes/CN=system:node:node$1
  [ ! -e "$folder/proxy.kubeconfig" ] || return 0
  pki_kubeconfig "$folder/kubelet-client" "$subject" "$folder/kubelet.kubeconfig"
  pki_leaf "$folder/kubelet" ca "$subject" serverAuth "DNS:node$number,IP:$(node_ip "$number")"
  pki_kubeconfig "$folder/proxy-client" /CN=system:kube-proxy "$folder/proxy.kubeconfig"
}

node_start_containerd() {
  local name=node$1
  machine_serve "$name" containerd containerd --config /run/machine/containerd.toml
  wait_for 60 "containerd; see $state/$name/log/containerd.log" machine_run "$name" ctr version
  machine_import "$name" "$(pause_archive)"
  # Pinned, or the kubelet would take the image away when no pod runs.
  machine_run "$name" ctr -n k8s.io images label "$PAUSE_IMAGE" io.cri-containerd.pinned=pinned \
    >/dev/null
}

machine_import() { machine_run "$1" ctr -n k8s.io images import - <"$2" >/dev/null; }

# node_start NUMBER: also starts a node again after node_crash; its disk is as it was.
node_start() {
  local name=node$1
  machine_start "$name"
  node_cable "$1"
  node_write_certificates "$1"
  node_write_containerd "$1"
  node_write_kubelet "$1"
  node_write_proxy "$1"
  node_start_containerd "$1"
  machine_serve "$name" kubelet /run/kube/kube kubelet --config /run/machine/kubelet.yaml \
    --kubeconfig /run/machine/kubelet.kubeconfig --hostname-override "$name" \
    --node-ip "$(node_ip "$1")"
  machine_serve "$name" proxy /run/kube/kube kube-proxy --config /run/machine/proxy.yaml
}

# Ready, and said so since its machine started: after a crash the API server still holds the old
# word for a while.
node_is_ready() {
  local started renewed
  started=$(date -u -r "$state/node$1/pid" +%FT%T)
  renewed=$(cp_api_get "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node$1" |
    jq -r .spec.renewTime)
  [[ $renewed > $started ]] || return 1
  cp_api_get "/api/v1/nodes/node$1" |
    jq -e '.status.conditions[] | select(.type == "Ready" and .status == "True")'
}

node_wait() { wait_for 120 "node$1; see $state/node$1/log/kubelet.log" node_is_ready "$1"; }
