# Volumes: folders on the nodes' disks, offered as local PersistentVolumes, which unlike the
# host-path kind obey fsGroup and stay with the node that holds the data.
# shellcheck shell=bash

readonly VOLUMES_PER_NODE=12

storage_class() {
  cat <<YAML
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: local
  annotations: {storageclass.kubernetes.io/is-default-class: "true"}
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
YAML
}

# storage_volume NODE VOLUME: an empty folder and the object that offers it.
storage_volume() {
  local node=$1 volume=$2 folder=$state/$1/volumes/$2
  rm -rf "$folder"
  mkdir -p "$folder"
  cat <<YAML
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: $node-$volume}
spec:
  capacity: {storage: 10Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: local
  local: {path: /run/machine/volumes/$volume}
  nodeAffinity:
    required:
      nodeSelectorTerms:
      - matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [$node]}]
YAML
}

storage_create() {
  local node volume
  {
    storage_class
    for node in $(node_names); do
      for volume in $(seq "$VOLUMES_PER_NODE"); do storage_volume "$node" "$volume"; done
    done
  } | cluster_kubectl apply -f - >/dev/null
}

# Volumes whose claims are gone are emptied and offered again, which no provisioner does for us.
storage_recycle() {
  local name
  for name in $(cluster_kubectl get pv \
    -o 'jsonpath={range .items[?(@.status.phase=="Released")]}{.metadata.name}{"\n"}{end}'); do
    cluster_kubectl delete pv "$name" >/dev/null
    storage_volume "${name%-*}" "${name#*-}" | cluster_kubectl apply -f - >/dev/null
  done
}
