# Certificates (ECDSA P-256) and kubeconfig files of the embedded cluster, made anew by every `up`.
# Authorities live in $state/cp/pki.
# shellcheck shell=bash

pki=$state/cp/pki

pki_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" 2>/dev/null; }

# pki_authority FILE COMMON_NAME
pki_authority() {
  pki_key "$pki/$1"
  openssl req -x509 -new -sha256 -days 3650 -key "$pki/$1.key" -subj "/CN=$2" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
    -out "$pki/$1.crt" 2>/dev/null
}

# pki_leaf FILE_STEM AUTHORITY SUBJECT USAGE [ALTERNATIVE_NAMES]: FILE_STEM.key and FILE_STEM.crt
pki_leaf() {
  local stem=$1 authority=$pki/$2 subject=$3 extensions
  extensions="basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=$4
${5:+subjectAltName=$5}"
  pki_key "$stem"
  openssl req -new -sha256 -key "$stem.key" -subj "$subject" 2>/dev/null |
    openssl x509 -req -sha256 -days 3650 -CA "$authority.crt" -CAkey "$authority.key" \
      -set_serial "0x$(openssl rand -hex 8)" -extfile <(echo "$extensions") \
      -out "$stem.crt" 2>/dev/null
}

# pki_kubeconfig STEM SUBJECT FILE: a client certificate, and a self-contained kubeconfig with it.
pki_kubeconfig() {
  local stem=$1 subject=$2 file=$3
  pki_leaf "$stem" ca "$subject" clientAuth
  cat >"$file" <<YAML
apiVersion: v1
kind: Config
current-context: rewindmq
contexts:
- name: rewindmq
  context: {cluster: rewindmq, user: $(basename "$stem")}
clusters:
- name: rewindmq
  cluster:
    server: https://$CONTROL_PLANE_IP:$API_PORT
    certificate-authority-data: $(base64 -w0 "$pki/ca.crt")
users:
- name: $(basename "$stem")
  user:
    client-certificate-data: $(base64 -w0 "$stem.crt")
    client-key-data: $(base64 -w0 "$stem.key")
YAML
  chmod 600 "$file"
}

pki_control_plane() {
  mkdir -p "$pki"
  chmod 700 "$pki"
  pki_authority ca kubernetes-ca
  # Requests that the API server passes on to extension servers are vouched for by another one.
  pki_authority front-proxy-ca front-proxy-ca
  pki_leaf "$pki/front-proxy-client" front-proxy-ca /CN=front-proxy-client clientAuth
  local names=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc
  names+=,DNS:kubernetes.default.svc.cluster.local,DNS:localhost
  names+=,IP:127.0.0.1,IP:$FIRST_SERVICE_IP,IP:$CONTROL_PLANE_IP
  pki_leaf "$pki/apiserver" ca /CN=kube-apiserver serverAuth "$names"
  pki_leaf "$pki/apiserver-kubelet-client" ca /O=system:masters/CN=kube-apiserver-kubelet-client \
    clientAuth
  pki_key "$pki/service-account"
  openssl ec -in "$pki/service-account.key" -pubout -out "$pki/service-account.pub" 2>/dev/null
  local part
  for part in controller-manager scheduler; do
    pki_kubeconfig "$pki/$part" "/CN=system:kube-$part" "$state/cp/$part.kubeconfig"
  done
  pki_kubeconfig "$pki/admin" /O=system:masters/CN=kubernetes-admin "$state/cp/admin.kubeconfig"
}
