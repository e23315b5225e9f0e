{{- define "monitoring.name" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "monitoring.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "monitoring.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{ include "monitoring.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: kubernode
{{- end }}

{{/* One job: [root, its name, the job whose targets it asks, path]. What has https asks with the token. */}}
{{- define "monitoring.job" -}}
{{- $root := index . 0 }}{{ $name := index . 1 }}{{ $from := index . 2 }}{{ $path := index . 3 -}}
{{- $job := get $root.Values.jobs $from | default dict -}}
{{- $isDiscovered := and $root.Values.discovery.nodes (eq $from "kubelet") -}}
{{- if or $job.targets $isDiscovered }}
- job_name: {{ $name }}
  scheme: {{ $job.scheme }}
  metrics_path: {{ $path }}
  {{- if eq $job.scheme "https" }}
  {{- include "monitoring.credentials" $root | nindent 2 }}
  {{- end }}
  {{- if $isDiscovered }}
  kubernetes_sd_configs:
    - role: node
      {{- with $root.Values.discovery.apiServer }}
      api_server: {{ . }}
      {{- include "monitoring.credentials" $root | nindent 6 }}
      {{- end }}
  {{- else }}
  static_configs:
    - targets: {{ $job.targets | toJson }}
  {{- end }}
  relabel_configs:
    - {target_label: cluster, replacement: {{ $root.Values.clusterName | quote }}}
    - {target_label: metrics_path, replacement: {{ $path }}}
    {{- if $isDiscovered }}
    - {source_labels: [__meta_kubernetes_node_name], target_label: node}
    {{- end }}
  {{- if eq $name "kube-state-metrics" }}
  metric_relabel_configs:
    # The leader alone tells of objects. Without its address a change of leaders begins no series anew.
    - {source_labels: [__name__], regex: kube_.*, target_label: instance, replacement: ""}
  {{- end }}
{{- end }}
{{- end }}

{{- define "monitoring.credentials" -}}
authorization: {credentials_file: {{ .Values.credentials.tokenFile }}}
tls_config: {ca_file: {{ .Values.credentials.caFile }}}
{{- end }}

{{- define "monitoring.scrapeConfigs" -}}
{{- range list (list "kube-apiserver" "kube-apiserver" "/metrics") (list "kube-scheduler" "kube-scheduler" "/metrics") (list "kube-controller-manager" "kube-controller-manager" "/metrics") (list "kube-state-metrics" "kube-controller-manager" "/metrics/state") (list "kubelet" "kubelet" "/metrics") (list "cadvisor" "kubelet" "/metrics/cadvisor") (list "kubelet-probes" "kubelet" "/metrics/probes") (list "kube-proxy" "kube-proxy" "/metrics") (list "kubernode-network-policy" "kubernode-network-policy" "/metrics") (list "coredns" "coredns" "/metrics") (list "etcd" "etcd" "/metrics") (list "haproxy" "haproxy" "/metrics") (list "kubernode-backup" "kubernode-backup" "/metrics") }}
{{- include "monitoring.job" (prepend . $) }}
{{- end }}
{{- end }}

{{/* A file of rules without the alerts that are disabled, with links as the values want them. */}}
{{- define "monitoring.rules" -}}
{{- $root := index . 0 }}{{ $content := fromYaml (index . 1) -}}
{{- $groups := list -}}
{{- range $group := $content.groups -}}
  {{- $rules := list -}}
  {{- range $rule := $group.rules -}}
    {{- if not (has ($rule.alert | default "") $root.Values.rules.disabled) -}}
      {{- if $rule.alert -}}{{- $_ := set $rule.annotations "runbook_url" (printf "%s%s" $root.Values.rules.runbookPrefix $rule.annotations.runbook_url) -}}{{- end -}}
      {{- $rules = append $rules $rule -}}
    {{- end -}}
  {{- end -}}
  {{- if $rules -}}{{- $groups = append $groups (dict "name" $group.name "rules" $rules) -}}{{- end -}}
{{- end -}}
{{- dict "groups" $groups | toYaml }}
{{- end }}
