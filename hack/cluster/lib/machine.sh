# Machines: sets of namespaces that a kubelet or a control plane takes for a computer.
# $state/NAME is the machine's disk, seen inside as /run/machine; $state/NAME/pid is its init.
# shellcheck shell=bash

machine_pid() { cat "$state/$1/pid"; }

machine_alive() { [ -s "$state/$1/pid" ] && [ -d "/proc/$(machine_pid "$1")/ns" ]; }

machine_start() {
  local name=$1 folder=$state/$1
  mkdir -p "$folder/log"
  rm -f "$folder/pid"
  (
    cgroup_enter "$name" ""
    exec setsid unshare --cgroup "$cluster_scripts/lib/machine-init" \
      "$name" "$folder" "$(cat "$state/kube")" "$state/cgroups"
  ) >"$folder/log/init.log" 2>&1 </dev/null &
  wait_for 10 "machine $name" test -s "$folder/pid" || {
    cat "$folder/log/init.log" >&2
    return 1
  }
}

machine_kill() {
  machine_alive "$1" || return 0
  # Killing the first process of a PID namespace takes everything else in it along.
  kill -9 "$(machine_pid "$1")" 2>/dev/null || :
  wait_for 20 "machine $1 to end" machine_dead "$1"
}

machine_dead() { ! machine_alive "$1"; }

# machine_run NAME COMMAND...: inside all of the machine's namespaces and control groups.
machine_run() {
  local name=$1
  shift
  (
    cgroup_enter "$name"
    exec nsenter -t "$(machine_pid "$name")" -n -m -C -i -u -p -- "$@"
  )
}

# machine_serve NAME LOG COMMAND...: the same for a program that stays.
machine_serve() {
  local name=$1 log=$state/$1/log/$2.log
  shift 2
  (
    cgroup_enter "$name"
    exec setsid nsenter -t "$(machine_pid "$name")" -n -m -C -i -u -p -- "$@"
  ) >"$log" 2>&1 </dev/null &
}

# machine_network NAME COMMAND...: on the machine's network, with the caller's files.
machine_network() {
  local name=$1
  shift
  nsenter -t "$(machine_pid "$name")" -n -- "$@"
}
