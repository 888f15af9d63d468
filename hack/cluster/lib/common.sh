# Sourced by every script here: settings, messages, and which cluster the command is for.
# shellcheck shell=bash
set -euo pipefail

cluster_scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project_root=$(cd "$cluster_scripts/../.." && pwd)
state=${REWINDMQ_CLUSTER_DIR:-$project_root/build/cluster}

# Addresses inside the cluster's own network namespace. They need not be free on the host.
readonly MACHINE_NET=10.77.0
readonly CONTROL_PLANE_IP=$MACHINE_NET.1
readonly API_PORT=6443
readonly POD_NET=10.244
readonly SERVICE_CIDR=10.96.0.0/16
readonly FIRST_SERVICE_IP=10.96.0.1

say() { printf 'hack/cluster: %s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# need_root ARGS...: starts the calling script again through sudo when it is not root already.
need_root() {
  [ "$(id -u)" = 0 ] && return
  command -v sudo >/dev/null || fail "namespaces need root; run this as root or install sudo"
  local kept=HOME,PATH,KUBECONFIG,REWINDMQ_CACHE,REWINDMQ_CLUSTER,REWINDMQ_CLUSTER_DIR
  exec sudo --preserve-env="$kept" "$0" "$@"
}

# wait_for SECONDS WHAT COMMAND...: polls, because the programs waited for announce nothing.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || {
      say "gave up waiting for $what"
      return 1
    }
    sleep 0.1
  done
}

node_names() {
  local folder
  for folder in "$state"/node[0-9]*; do
    [ ! -d "$folder" ] || basename "$folder"
  done
}

# The cluster of this state folder: "embedded", "context NAME", or nothing where none is up.
backend() { cat "$state/backend" 2>/dev/null || :; }

context_name() {
  local both
  both=$(backend)
  echo "${both#context }"
}

require_cluster() {
  [ -n "$(backend)" ] || fail "no cluster is up; start one with hack/cluster/up"
}

is_embedded() { [ "$(backend)" = embedded ]; }

# kubectl and helm for the cluster that is up. Local files mean the caller's files.
cluster_kubectl() {
  if is_embedded; then
    machine_network cp "$(cat "$state/kube")/kube" kubectl \
      --kubeconfig "$state/cp/admin.kubeconfig" "$@"
  else
    kubectl --context "$(context_name)" "$@"
  fi
}

cluster_helm() {
  if is_embedded; then
    machine_network cp "$(cat "$state/kube")/helm" --kubeconfig "$state/cp/admin.kubeconfig" "$@"
  elif command -v helm >/dev/null; then
    helm --kube-context "$(context_name)" "$@"
  else
    "$("$cluster_scripts/build")/helm" --kube-context "$(context_name)" "$@"
  fi
}
