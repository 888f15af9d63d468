# Control groups of the machines. Each machine gets a group of its own in every hierarchy, below the
# caller's group with version 1 and below the root with version 2, and sees it as its whole tree.
# $state/cgroups holds one line per hierarchy: "CONTROLLERS FOLDER", or "unified FOLDER".
# shellcheck shell=bash

cgroup_record() {
  local name controllers path
  name=rewindmq-$(printf '%s' "$state" | cksum | cut -d' ' -f1)
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    echo "unified /sys/fs/cgroup/$name" >"$state/cgroups"
    return
  fi
  while IFS=: read -r _ controllers path; do
    [ -n "$controllers" ] || continue
    mountpoint -q "/sys/fs/cgroup/${controllers#name=}" || continue
    path=/sys/fs/cgroup/${controllers#name=}${path%/}
    echo "$controllers $path/$name"
  done </proc/self/cgroup >"$state/cgroups"
  grep -q memory "$state/cgroups" || fail "no memory control group; is /sys/fs/cgroup mounted?"
}

# A fresh version 1 cpuset is empty and takes no process until it is told its cores.
cgroup_fill_cpuset() {
  local folder=$1 file
  for file in cpuset.cpus cpuset.mems; do
    [ -n "$(cat "$folder/$file")" ] || cat "$(dirname "$folder")/$file" >"$folder/$file"
  done
}

cgroup_make() {
  local kind=$1 folder=$2 machine=$3
  mkdir -p "$folder/$machine"
  case $kind in
    *cpuset*)
      cgroup_fill_cpuset "$folder"
      cgroup_fill_cpuset "$folder/$machine"
      ;;
    unified)
      mkdir -p "$folder/$machine/system"
      cgroup_delegate "$(dirname "$folder")"
      cgroup_delegate "$folder"
      ;;
  esac
}

# Version 2 hands controllers down one level at a time.
cgroup_delegate() {
  local controller
  for controller in $(cat "$1/cgroup.controllers"); do
    echo "+$controller" >"$1/cgroup.subtree_control" 2>/dev/null || :
  done
  grep -q memory "$1/cgroup.subtree_control" ||
    fail "cannot delegate control groups in $1; inside a container, start it with --privileged" \
      "and --cgroupns=host"
}

# cgroup_enter MACHINE [LEAF]: moves the calling subshell, and so what it executes, into the group.
# With version 2 a group with children holds no processes: they live in the leaf "system".
cgroup_enter() {
  local machine=$1 leaf=${2-system} kind folder
  while read -r kind folder; do
    [ -d "$folder/$machine" ] || cgroup_make "$kind" "$folder" "$machine"
    [ "$kind" = unified ] || leaf=
    echo "$BASHPID" >"$folder/$machine/$leaf/cgroup.procs"
  done <"$state/cgroups"
}

cgroup_all_gone() {
  local folder
  while read -r _ folder; do
    [ -d "$folder" ] || continue
    find "$folder" -depth -type d -exec rmdir {} \; 2>/dev/null || :
    [ ! -d "$folder" ] || return 1
  done <"$state/cgroups"
}

cgroup_remove_all() {
  [ -e "$state/cgroups" ] || return 0
  # A group can be removed only after the kernel has reaped its last process.
  wait_for 20 "the control groups to empty" cgroup_all_gone
}
