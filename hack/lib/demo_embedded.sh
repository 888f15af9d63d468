# hack/demo without Kubernetes: the programs themselves, on free ports of this machine. Sourced.

setup_groups=()

rewindctl() {
  "$bin/rewindctl" "$@"
}

# Ports for the nameserver and the broker; the broker also takes the one two below its own.
pick_ports() {
  python3 - <<'PYTHON'
import socket

def free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
        return probe.getsockname()[1]

while True:
    nameserver, broker = free(0), free(0)
    if nameserver not in (broker, broker - 2) and broker > 1024 and free(broker - 2):
        print(nameserver, broker)
        break
PYTHON
}

# serve NAME PORT COMMAND...: starts a server and waits until it takes connections.
serve() {
  local name=$1 port=$2 pid
  shift 2
  "$@" >"$work/$name.log" 2>&1 </dev/null &
  pid=$!
  pids+=("$pid")
  # There is no event to wait for in a shell; a probe costs a millisecond.
  until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    kill -0 "$pid" 2>/dev/null || fail "$name has ended"
    sleep 0.01
  done
  echo "$name serves port $port"
}

start_servers() {
  local nameserver_port broker_port
  step "Start nameserver and broker"
  read -r nameserver_port broker_port < <(pick_ports)
  nameserver=127.0.0.1:$nameserver_port
  serve rewind-nameserver "$nameserver_port" "$bin/rewind-nameserver" \
    --listenPort "$nameserver_port" --bindAddress 127.0.0.1 \
    --kvConfigPath "$work/nameserver/kvConfig.json"
  serve rewind-broker "$broker_port" "$bin/rewind-broker" \
    --listenPort "$broker_port" --bindAddress 127.0.0.1 --brokerIP1 127.0.0.1 \
    --brokerName broker-a --namesrvAddr "$nameserver" --storePathRootDir "$work/broker"
}

start_consumer() {
  coproc CONSUMER {
    exec "$bin/rewindctl" consume -n "$nameserver" -t "$TOPIC" -g "$GROUP" --control \
      2>"$work/consumer.log"
  }
  pids+=("$CONSUMER_PID")
  # The shell closes its own two when the process ends; copies stay.
  exec {consumer_out}<&"${CONSUMER[0]}" {consumer_in}>&"${CONSUMER[1]}"
}

# How the OffsetReset names the cluster.
cluster_spec() {
  echo "{nameServers: [\"$nameserver\"]}"
}

carry_out_reset() {
  mkdir "$work/manifests"
  cp "$1" "$work/manifests/demo.yaml"
  echo "rewind-operator --manifests DIR --once"
  "$bin/rewind-operator" --manifests "$work/manifests" --once >"$work/operator.log" 2>&1 ||
    fail "the operator reports a failure: $(print_queues "$work/manifests/demo.yaml")"
  print_queues "$work/manifests/demo.yaml" || fail "the reset did not succeed"
}
