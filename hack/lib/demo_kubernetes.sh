# hack/demo --kubernetes: the Helm chart on the cluster of hack/cluster. Sourced.

setup_groups=(cluster)
readonly NAMESPACE=rewindmq-demo
readonly RELEASE=rewindmq
installed=

kubectl() {
  "$root/hack/cluster/kubectl" -n $NAMESPACE "$@"
}

helm() {
  "$root/hack/cluster/helm" -n $NAMESPACE "$@"
}

# The broker's image carries the tool, so that nothing has to be reachable from outside.
rewindctl() {
  kubectl exec $RELEASE-broker-0 -- rewindctl "$@"
}

start_servers() {
  local tag
  step "Start Kubernetes"
  "$root/hack/cluster/up" || fail "the cluster did not start"

  step "Pack the images and load them onto the nodes"
  tag=$("$root/hack/images/build") || fail "the images could not be built"
  "$root/hack/cluster/load" "$root"/build/images/{nameserver,broker,operator}.tar ||
    fail "the images could not be loaded"

  step "Install with Helm"
  installed=yes
  helm upgrade --install $RELEASE "$root/helm/rewindmq" --create-namespace --wait --timeout 3m \
    --set "image.registry=localhost,image.tag=$tag,broker.persistence.size=1Gi" >"$work/helm.log" ||
    fail "the chart could not be installed"
  kubectl get statefulset,deployment
  nameserver=$RELEASE-nameserver-0.$RELEASE-nameserver.$NAMESPACE.svc:9876
}

start_consumer() {
  coproc CONSUMER {
    exec "$root/hack/cluster/kubectl" -n $NAMESPACE exec -i $RELEASE-broker-0 -- \
      rewindctl consume -n "$nameserver" -t "$TOPIC" -g "$GROUP" --control 2>"$work/consumer.log"
  }
  pids+=("$CONSUMER_PID")
  exec {consumer_out}<&"${CONSUMER[0]}" {consumer_in}>&"${CONSUMER[1]}"
}

# How the OffsetReset names the cluster.
cluster_spec() {
  echo "{serviceRef: {name: $RELEASE-nameserver}}"
}

carry_out_reset() {
  local begin=$EPOCHREALTIME
  kubectl apply -f - <"$1" || fail "the API server refuses the OffsetReset"
  kubectl wait osr/demo --for=condition=Finished --timeout=2m || fail "the reset does not end"
  echo "apply to Finished: $(seconds_since "$begin")"
  kubectl get osr
  kubectl get osr/demo -o json >"$work/status.json"
  print_queues "$work/status.json" || fail "the reset did not succeed"
}

# The cluster stays, for the next run; hack/cluster/down ends it.
clean_up_more() {
  [ -n "$installed" ] || return 0
  echo "removing the release and its namespace"
  helm uninstall $RELEASE --wait --ignore-not-found >/dev/null 2>&1 || :
  "$root/hack/cluster/kubectl" delete namespace $NAMESPACE --ignore-not-found >/dev/null || :
}
