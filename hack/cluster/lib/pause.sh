# The pause image: the process that holds a pod's namespaces. Built here from pause.c, as pulling
# one would need a registry.
# shellcheck shell=bash

pause_archive() { echo "$state/pause.tar"; }

pause_build() {
  local stage cached
  cached=${REWINDMQ_CACHE:-$HOME/.cache/rewindmq}/pause-$(sha256sum "$cluster_scripts/pause.c" |
    cut -c1-16).tar
  if [ ! -e "$cached" ]; then
    stage=$(mktemp -d)
    gcc -Os -static -s -o "$stage/pause" "$cluster_scripts/pause.c"
    printf 'FROM scratch\nCOPY pause /pause\nUSER 65535:65535\nENTRYPOINT ["/pause"]\n' \
      >"$stage/Containerfile"
    mkdir -p "$(dirname "$cached")"
    "$project_root/hack/images/bud" "$stage" "$PAUSE_IMAGE" "$cached.new"
    mv "$cached.new" "$cached"
    rm -rf "$stage"
  fi
  cp "$cached" "$(pause_archive)"
}
