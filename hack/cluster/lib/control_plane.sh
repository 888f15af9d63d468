# The machine "cp": the bridge that all nodes hang on, etcd, the control plane and cluster DNS.
# Paths below /run are the machine's own, see machine-init.
# shellcheck shell=bash

cp_network() {
  machine_network cp sh -ec "
    ip link add br0 type bridge
    ip addr add $CONTROL_PLANE_IP/24 dev br0
    ip link set br0 up
    ip route add default dev br0  # the API server will not publish an address without one
    ip route add $SERVICE_CIDR via $(node_ip 1)  # Services are reached through node 1's kube-proxy
    sysctl -qw net.ipv4.ip_forward=1"
}

cp_part() {
  local part=$1
  shift
  machine_serve cp "$part" /run/kube/kube "$part" "$@"
}

cp_start_etcd() {
  # Without fsync: this etcd's data ends with the cluster, and the disk is shared with the brokers.
  cp_part etcd --data-dir /run/machine/etcd --unsafe-no-fsync=true --log-level warn
}

cp_start_api_server() {
  local pki=/run/machine/pki
  cp_part kube-apiserver --etcd-servers http://127.0.0.1:2379 \
    --bind-address "$CONTROL_PLANE_IP" --advertise-address "$CONTROL_PLANE_IP" \
    --secure-port "$API_PORT" --service-cluster-ip-range "$SERVICE_CIDR" \
    --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction \
    --allow-privileged=true --client-ca-file $pki/ca.crt \
    --tls-cert-file $pki/apiserver.crt --tls-private-key-file $pki/apiserver.key \
    --kubelet-certificate-authority $pki/ca.crt \
    --kubelet-client-certificate $pki/apiserver-kubelet-client.crt \
    --kubelet-client-key $pki/apiserver-kubelet-client.key \
    --kubelet-preferred-address-types InternalIP \
    --service-account-issuer https://kubernetes.default.svc.cluster.local \
    --service-account-key-file $pki/service-account.pub \
    --service-account-signing-key-file $pki/service-account.key \
    --requestheader-client-ca-file $pki/front-proxy-ca.crt \
    --requestheader-allowed-names front-proxy-client \
    --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group \
    --requestheader-extra-headers-prefix X-Remote-Extra- \
    --proxy-client-cert-file $pki/front-proxy-client.crt \
    --proxy-client-key-file $pki/front-proxy-client.key
}

cp_start_controllers() {
  local config=/run/machine/controller-manager.kubeconfig pki=/run/machine/pki
  # The raised request rate lets a chart's many objects appear at once instead of one by one.
  cp_part kube-controller-manager --kubeconfig $config --authentication-kubeconfig $config \
    --authorization-kubeconfig $config --bind-address 127.0.0.1 --leader-elect=false \
    --use-service-account-credentials=true --root-ca-file $pki/ca.crt \
    --service-account-private-key-file $pki/service-account.key --client-ca-file $pki/ca.crt \
    --cluster-signing-cert-file $pki/ca.crt --cluster-signing-key-file $pki/ca.key \
    --requestheader-client-ca-file $pki/front-proxy-ca.crt \
    --allocate-node-cidrs=false --service-cluster-ip-range "$SERVICE_CIDR" \
    --node-monitor-grace-period=20s --kube-api-qps 500 --kube-api-burst 1000
  config=/run/machine/scheduler.kubeconfig
  cp_part kube-scheduler --kubeconfig $config --authentication-kubeconfig $config \
    --authorization-kubeconfig $config --bind-address 127.0.0.1 --leader-elect=false
}

cp_start_dns() {
  cat >"$state/cp/Corefile" <<COREFILE
.:53 {
  bind $CONTROL_PLANE_IP
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig /run/machine/admin.kubeconfig rewindmq
    pods insecure
    ttl 1
  }
}
COREFILE
  cp_part coredns -conf /run/machine/Corefile
}

# cp_api_get PATH: with curl, as starting kubectl costs half a second each time.
cp_api_get() {
  machine_network cp curl -fsS --max-time 2 --cacert "$pki/ca.crt" --cert "$pki/admin.crt" \
    --key "$pki/admin.key" "https://$CONTROL_PLANE_IP:$API_PORT$1"
}

cp_start() {
  machine_start cp
  pki_control_plane
  cp_network
  cp_start_etcd
  cp_start_api_server
  wait_for 120 "the API server; see $state/cp/log" cp_api_get /readyz
  cp_start_controllers
  cp_start_dns
  # Pods need it, and it shows that the controllers are at work.
  wait_for 60 "the default service account; see $state/cp/log" \
    cp_api_get /api/v1/namespaces/default/serviceaccounts/default
}
