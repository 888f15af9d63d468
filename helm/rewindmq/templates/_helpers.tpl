{{- define "rewindmq.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What selects a part's pods; fixed over a release's life. Call with (list $ "broker"). */}}
{{- define "rewindmq.selector" -}}
app.kubernetes.io/name: rewindmq
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "rewindmq.labels" -}}
{{ include "rewindmq.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version | quote }}
{{- end -}}

{{/* The image of a part. Call with (list $ .Values.broker.repository). */}}
{{- define "rewindmq.image" -}}
{{- $values := (index . 0).Values.image -}}
{{- if $values.registry }}{{ trimSuffix "/" $values.registry }}/{{ end -}}
{{ index . 1 }}:{{ default (index . 0).Chart.AppVersion $values.tag }}
{{- end -}}

{{/* Nameserver addresses by pod: a client that loses one moves on to the next by itself. */}}
{{- define "rewindmq.nameservers" -}}
{{- $service := printf "%s-nameserver" (include "rewindmq.fullname" .) -}}
{{- range $i := until (int .Values.nameserver.replicas) -}}
{{- if $i }};{{ end -}}
{{ printf "%s-%d.%s.%s.svc:9876" $service $i $service $.Release.Namespace }}
{{- end -}}
{{- end -}}

{{/*
Settings as RocketMQ properties. Call with (list "broker" SETTINGS RESERVED): the reserved ones are
the chart's to set. Helm reads whole numbers as floats and would print 1e+06.
*/}}
{{- define "rewindmq.properties" -}}
{{- $part := index . 0 -}}
{{- $reserved := index . 2 -}}
{{- range $key, $value := index . 1 }}
{{- if has $key $reserved }}
{{- fail (printf "%s.config.%s is set by the chart and cannot be changed" $part $key) }}
{{- end }}
{{- if and (kindIs "float64" $value) (eq (floor $value) $value) }}
{{ $key }}={{ int64 $value }}
{{- else }}
{{ $key }}={{ $value }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Where Prometheus finds a broker's metrics; the user's own annotations win. */}}
{{- define "rewindmq.brokerAnnotations" -}}
{{- $annotations := dict -}}
{{- if .metrics.enabled -}}
{{- $annotations = dict "prometheus.io/scrape" "true" "prometheus.io/path" "/metrics"
      "prometheus.io/port" (.metrics.port | int | toString) -}}
{{- end -}}
{{- with merge (deepCopy .podAnnotations) $annotations }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{- define "rewindmq.serviceAccountName" -}}
{{- default (printf "%s-operator" (include "rewindmq.fullname" .)) .Values.serviceAccount.name -}}
{{- end -}}

{{/* The namespace standard "restricted", and volumes that belong to the programs' group. */}}
{{- define "rewindmq.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
# Giving every file of a big store to the group again at each start would delay it by minutes.
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "rewindmq.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* Where pods may run. Call with the values of a part. */}}
{{- define "rewindmq.placement" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
