# Everything of the embedded cluster, for the scripts that touch it.
# shellcheck shell=bash
lib=$cluster_scripts/lib
for part in cgroup machine pki control_plane node pause storage; do
  # shellcheck disable=SC1090
  . "$lib/$part.sh"
done

embedded_up() {
  local count=$1 number started=$SECONDS
  mkdir -p "$state"
  "$cluster_scripts/build" >"$state/kube"
  echo "$count" >"$state/nodes"
  echo embedded >"$state/backend"
  # On a minimal system these are not loaded until somebody asks.
  modprobe -qa overlay br_netfilter nf_conntrack nf_tables 2>/dev/null || :
  cgroup_record
  pause_build
  cp_start
  say "control plane up after $((SECONDS - started)) s"
  embedded_start_nodes "$count"
  storage_create
  say "$count node(s) ready after $((SECONDS - started)) s"
}

embedded_start_nodes() {
  local number starting=()
  for number in $(seq "$1"); do
    node_start "$number" &
    starting+=($!)
  done
  for number in "${starting[@]}"; do wait "$number" || fail "a node did not start"; done
  for number in $(seq "$1"); do node_wait "$number"; done
}

embedded_alive() {
  local name
  for name in cp $(node_names); do machine_alive "$name" || return 1; done
  cp_api_get /readyz >/dev/null 2>&1
}

embedded_down() {
  local name
  for name in $(node_names) cp; do machine_kill "$name"; done
  cgroup_remove_all
}

embedded_load() {
  local name file
  for file in "$@"; do
    for name in $(node_names); do machine_import "$name" "$file"; done
  done
}

# embedded_exec COMMAND...: becomes the command, so that signals to the script reach it. It has the
# caller's files and user, and the cluster's network and names.
embedded_exec() {
  printf 'nameserver %s\nsearch svc.cluster.local cluster.local\n' "$CONTROL_PLANE_IP" \
    >"$state/exec-resolv.conf"
  # shellcheck disable=SC2016
  exec nsenter -t "$(machine_pid cp)" -n -- unshare --mount sh -ec '
    mount --bind "$1" /etc/resolv.conf
    shift
    exec "$@"' sh "$state/exec-resolv.conf" "$@"
}
