# The user's own cluster: whatever kubectl's current context points to.
# shellcheck shell=bash

# Prints the current context if its API server answers.
context_reachable() {
  local context
  command -v kubectl >/dev/null || return 1
  context=$(kubectl config current-context 2>/dev/null) && [ -n "$context" ] || return 1
  timeout 5 kubectl --context "$context" get --raw /readyz >/dev/null 2>&1 || return 1
  echo "$context"
}

# Images can be handed to these without a registry.
context_takes_images() {
  case $1 in
    kind-* | k3d-*) command -v "${1%%-*}" >/dev/null ;;
    minikube) command -v minikube >/dev/null ;;
    *) return 1 ;;
  esac
}

context_load() {
  local context=$1 file
  shift
  for file in "$@"; do
    case $context in
      kind-*) kind load image-archive "$file" --name "${context#kind-}" ;;
      k3d-*) k3d image import "$file" -c "${context#k3d-}" ;;
      minikube) minikube image load "$file" ;;
      *)
        fail "cannot put images into the cluster '$context': it is not kind, k3d or minikube." \
          "Push $file to a registry the cluster pulls from, or set REWINDMQ_CLUSTER=embedded" \
          "and run hack/cluster/up again."
        ;;
    esac
  done
}

# The node container whose network reaches the pods.
context_node_container() {
  case $1 in
    kind-*) echo "${1#kind-}-control-plane" ;;
    k3d-*) echo "k3d-${1#k3d-}-server-0" ;;
    *) echo "$1" ;;
  esac
}

context_exec() {
  local context=$1 container engine pid
  shift
  container=$(context_node_container "$context")
  for engine in docker podman; do
    command -v "$engine" >/dev/null || continue
    pid=$("$engine" inspect -f '{{.State.Pid}}' "$container" 2>/dev/null) || continue
    exec nsenter -t "$pid" -n -- "$@"
  done
  fail "no local container '$container' is a node of '$context', so its pods' network cannot be" \
    "entered from here; set REWINDMQ_CLUSTER=embedded and run hack/cluster/up again"
}

# Decides where `up` goes: prints "embedded" or "context NAME".
choose_backend() {
  local context
  case ${REWINDMQ_CLUSTER:-auto} in
    embedded)
      echo embedded
      return
      ;;
    context)
      context=$(context_reachable) ||
        fail "REWINDMQ_CLUSTER=context, but kubectl's current context does not answer"
      echo "context $context"
      return
      ;;
    auto) ;;
    *) fail "REWINDMQ_CLUSTER is '$REWINDMQ_CLUSTER'; use auto, embedded or context" ;;
  esac
  if ! context=$(context_reachable); then
    echo embedded
  elif context_takes_images "$context"; then
    echo "context $context"
  else
    # Somebody's real cluster must not get test programs without being asked for.
    say "the cluster '$context' answers, but images cannot be loaded into it; starting an" \
      "embedded one (REWINDMQ_CLUSTER=context uses '$context' with images you pushed yourself)"
    echo embedded
  fi
}
