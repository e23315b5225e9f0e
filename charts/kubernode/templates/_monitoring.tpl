{{/* Where Prometheus finds what runs on the hosts; the chart `monitoring` has rules and dashboards. */}}
{{- define "kubernode.monitoring.files" -}}
{{- $v := .root.Values -}}
{{ include "kubernode.pki" (list "ca.crt") | trim }}
- path: /etc/kubernode/prometheus-targets.json
  mode: "0644"
  owner: root:root
  content: |
{{- $groups := list -}}
{{- $controlPlane := list -}}{{- range (include "kubernode.hostsOf" (list .root "controlPlane") | fromJson).hosts }}{{- $controlPlane = append $controlPlane (printf "%s:%v" .address $v.ports.apiServer) }}{{- end -}}
{{- $nodes := list -}}{{- range (include "kubernode.hostsOf" (list .root "node") | fromJson).hosts }}{{- $nodes = append $nodes (printf "%s:%v" .address $v.ports.kubelet) }}{{- end -}}
{{- $etcd := list -}}{{- range (include "kubernode.hostsOf" (list .root "etcd") | fromJson).hosts }}{{- $etcd = append $etcd (printf "%s:%v" .address $v.ports.etcdClient) }}{{- end -}}
{{- $groups = append $groups (dict "targets" $controlPlane "labels" (dict "job" "apiserver")) -}}
{{- $groups = append $groups (dict "targets" $nodes "labels" (dict "job" "kubelet")) -}}
{{- $groups = append $groups (dict "targets" $etcd "labels" (dict "job" "etcd")) }}
{{ $groups | toPrettyJson | indent 4 }}
{{- end }}
