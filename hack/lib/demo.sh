# What both kinds of hack/demo share: headings, the build, the consumer, the table. Sourced.

bin=${REWINDMQ_BIN:-$root/build/release/bin}
work=$(mktemp -d "${TMPDIR:-/tmp}/rewindmq-demo.XXXXXX")
pids=()
demo_begin=$EPOCHREALTIME
step_begin=
step_name=

bold='' dim='' red='' green='' plain=''
[ ! -t 1 ] || bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
trap '' PIPE # a program that has died is noticed by its missing answer

# 10000 -> 10,000
number() {
  sed ':a; s/\B[0-9]\{3\}\>/,&/; ta' <<<"$1"
}

seconds_since() {
  awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f s", b - a }'
}

end_step() {
  [ -z "$step_begin" ] || printf '%s   (%s)%s\n' "$dim" "$(seconds_since "$step_begin")" "$plain"
  step_begin=
}

# step HEADING: ends the step before and begins this one.
step() {
  end_step
  step_begin=$EPOCHREALTIME
  step_name=$1
  printf '\n%s== %s%s\n' "$bold" "$1" "$plain"
}

fail() {
  printf '%sdemo failed: %s%s\n' "$red" "$*" "$plain" >&2
  exit 1
}

# Ends what was started, newest first, and shows the logs when something went wrong.
clean_up() {
  local result=$? i log
  trap - EXIT INT TERM
  if [ "$result" -ne 0 ]; then
    printf '%sin step "%s"; the last lines of the logs:%s\n' "$red" "$step_name" "$plain" >&2
    for log in "$work"/*.log; do
      [ ! -s "$log" ] || printf -- '-- %s\n%s\n' "${log##*/}" "$(tail -n 15 "$log")" >&2
    done
  fi
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill "${pids[i]}" 2>/dev/null || continue
    wait "${pids[i]}" 2>/dev/null || :
  done
  if declare -F clean_up_more >/dev/null; then clean_up_more; fi
  rm -rf "$work"
  exit "$result"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Does nothing for programs that were built elsewhere and are named by REWINDMQ_BIN.
build_programs() {
  if [ -n "${REWINDMQ_BIN:-}" ]; then
    echo "using the programs in $REWINDMQ_BIN"
    return 0
  fi
  step "Build"
  "$root/hack/setup" build "${setup_groups[@]}" || fail "packages could not be installed"
  mkdir -p "$root/build"
  if [ ! -e "$root/build/release/build.ninja" ]; then
    cmake --preset release >"$work/cmake.log" || fail "the build could not be configured"
  fi
  # Without a terminal every fiftieth line is progress enough.
  local filter=(cat)
  [ -t 1 ] || filter=(sed -u -n -E '/^\[[0-9]+\/[0-9]+\]/!p; /^\[[0-9]*[05]0\//p')
  cmake --build --preset release \
    --target rewind-nameserver rewind-broker rewind-operator rewindctl | "${filter[@]}" ||
    fail "the build failed"
}

# ask COMMAND EXPECTED: one line to the consumer, and the answer it must give. A wait may take long.
ask() {
  local answer=''
  echo "$1" >&"$consumer_in" 2>/dev/null || fail "the consumer has ended"
  read -r -t 120 answer <&"$consumer_out" || fail "the consumer does not answer '$1'"
  [ "$answer" = "$2" ] || fail "'$1' was answered by '$answer' instead of '$2'"
}

# expect_messages COUNT WORDS: so many come, and then no more.
expect_messages() {
  ask "wait $1" "ok $1"
  ask "quiet 300" "$1"
  printf '%s%s messages %s%s\n' "$green" "$(number "$1")" "$2" "$plain"
}

# write_manifest TIME: the OffsetReset of this demo.
write_manifest() {
  cat <<YAML
apiVersion: rewindmq.dev/v1alpha1
kind: OffsetReset
metadata:
  name: demo
spec:
  cluster: $(cluster_spec)
  topic: $TOPIC
  consumerGroup: $GROUP
  target: {time: "$1"}
  verify: {settleSeconds: 0}
YAML
}

show_manifest() {
  sed "s/^/   ${dim}/; s/\$/${plain}/" "$1"
}

# print_queues FILE: a row for every queue out of an OffsetReset's status, YAML or JSON.
print_queues() {
  python3 - "$1" <<'PYTHON'
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    status = yaml.safe_load(file).get("status") or {}
columns = (("BROKER", "brokerName"), ("QUEUE", "queueId"), ("MIN", "minOffset"),
           ("MAX", "maxOffset"), ("BEFORE", "beforeOffset"), ("TARGET", "targetOffset"),
           ("AFTER", "afterOffset"), ("STATE", "state"))
rows = [[str(row.get(key, "-")) for _, key in columns] for row in status.get("queues", [])]
table = [[name for name, _ in columns], *sorted(rows, key=lambda row: (row[0], int(row[1])))]
widths = [max(len(row[i]) for row in table) for i in range(len(columns))]
for row in table:
    print("   " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
finished = next((c for c in status.get("conditions", []) if c["type"] == "Finished"), {})
print(f"   {status.get('phase', '?')}: {finished.get('reason', '?')}, "
      f"{status.get('progress', '?')} queues")
sys.exit(0 if rows and status.get("phase") == "Succeeded" else 1)
PYTHON
}

finish() {
  end_step
  printf '\n%sDone in %s.%s\n' "$green" "$(seconds_since "$demo_begin")" "$plain"
}
