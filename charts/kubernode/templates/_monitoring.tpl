{{/*
Where Prometheus finds what runs on the hosts, under the job names of the chart `monitoring`, for its file_sd_configs. What asks who comes is found
on every host; what listens on loopback, on this host alone.
*/}}
{{- define "kubernode.monitoring.files" -}}
{{- $v := .root.Values -}}
{{ include "kubernode.pki" (list "ca.crt") | trim }}
- path: /etc/kubernode/prometheus-targets.json
  mode: "0644"
  owner: root:root
  content: |
{{- $groups := list -}}
{{- range list (list "kube-apiserver" "controlPlane" $v.ports.apiServer "/metrics") (list "kubelet" "node" $v.ports.kubelet "/metrics") (list "cadvisor" "node" $v.ports.kubelet "/metrics/cadvisor") (list "kubelet-probes" "node" $v.ports.kubelet "/metrics/probes") -}}
  {{- $port := index . 2 -}}{{- $targets := list -}}
  {{- range (include "kubernode.hostsOf" (list $.root (index . 1)) | fromJson).hosts }}{{- $targets = append $targets (printf "%s:%v" .address $port) }}{{- end -}}
  {{- $labels := dict "job" (index . 0) "__scheme__" "https" "__metrics_path__" (index . 3) "metrics_path" (index . 3) "cluster" $v.clusterName -}}
  {{- if $targets }}{{- $groups = append $groups (dict "targets" $targets "labels" $labels) }}{{- end -}}
{{- end -}}
{{- range list (list "etcd" "etcd" $v.ports.etcdMetrics "/metrics") (list "haproxy" "loadBalancer" $v.ports.loadBalancerMetrics "/metrics") (list "kube-scheduler" "controlPlane" $v.ports.scheduler "/metrics") (list "kube-controller-manager" "controlPlane" $v.ports.controllerManager "/metrics") (list "kube-state-metrics" "controlPlane" $v.ports.controllerManager "/metrics/state") (list "kube-proxy" "node" 10249 "/metrics") (list "kubernode-network-policy" "node" 10246 "/metrics") (list "coredns" "node" 9153 "/metrics") -}}
  {{- $labels := dict "job" (index . 0) "__metrics_path__" (index . 3) "metrics_path" (index . 3) "cluster" $v.clusterName "instance" (printf "%s:%v" $.host.address (index . 2)) -}}
  {{- if has (index . 1) $.host.roles }}{{- $groups = append $groups (dict "targets" (list (printf "127.0.0.1:%v" (index . 2))) "labels" $labels) }}{{- end -}}
{{- end }}
{{ $groups | toPrettyJson | indent 4 }}
{{- end }}
