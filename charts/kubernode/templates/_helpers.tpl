{{/* Labels of everything that the chart renders. */}}
{{- define "kubernode.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Values.version | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The hosts of a role: (list . "etcd") → {"hosts": […]}, for fromJson. */}}
{{- define "kubernode.hostsOf" -}}
{{- $role := index . 1 -}}
{{- $found := list -}}
{{- range (index . 0).Values.hosts }}{{- if has $role .roles }}{{- $found = append $found . }}{{- end }}{{- end -}}
{{- dict "hosts" $found | toJson -}}
{{- end }}

{{/* Flags of a component that the user added: (dict "args" MAP) → one a line. */}}
{{- define "kubernode.extraArgs" -}}
{{- range $name, $value := . }}
--{{ $name }}={{ $value }}
{{- end }}
{{- end }}

{{/* An environment file with one variable from flags, one a line: (list "NAME" TEXT). */}}
{{- define "kubernode.argsFile" -}}
{{- $flags := list -}}
{{- range splitList "\n" (index . 1) }}{{- if trim . }}{{- $flags = append $flags (trim .) }}{{- end }}{{- end -}}
{{ index . 0 }}="{{ join " " $flags }}"
{{- end }}

{{/* A kubeconfig whose certificates are files of the host: (dict "root" $ "server" URL "cert" NAME). */}}
{{- define "kubernode.kubeconfig" -}}
apiVersion: v1
kind: Config
clusters:
  - name: {{ .root.Values.clusterName }}
    cluster: {server: {{ .server | quote }}, certificate-authority: /etc/kubernetes/pki/ca.crt}
users:
  - name: {{ .cert }}
    user: {client-certificate: /etc/kubernetes/pki/{{ .cert }}.crt, client-key: /etc/kubernetes/pki/{{ .cert }}.key}
contexts:
  - name: {{ .root.Values.clusterName }}
    context: {cluster: {{ .root.Values.clusterName }}, user: {{ .cert }}}
current-context: {{ .root.Values.clusterName }}
{{- end }}

{{- define "kubernode.httpsServer" -}}
https://{{ .Values.endpoint }}:{{ .Values.ports.loadBalancer }}
{{- end }}

{{- define "kubernode.grpcServer" -}}
grpcs://{{ .Values.endpoint }}:{{ .Values.ports.loadBalancerGrpc }}
{{- end }}

{{/* One file of a Host document: (list PATH MODE CONTENT). */}}
{{- define "kubernode.file" -}}
- path: {{ index . 0 }}
  mode: {{ index . 1 | quote }}
  owner: root:root
  content: |
{{ index . 2 | indent 4 }}
{{- end }}

{{/* Files of the state folder's pki that belong on a host: (list NAME …); a name without suffix means certificate and key. */}}
{{- define "kubernode.pki" -}}
{{- range . }}
{{- if hasSuffix ".pub" . }}
- {path: /etc/kubernetes/pki/{{ . }}, mode: "0644", owner: "root:root", fromPki: {{ . }}}
{{- else if hasSuffix ".crt" . }}
- {path: /etc/kubernetes/pki/{{ . }}, mode: "0644", owner: "root:root", fromPki: {{ . }}}
{{- else if hasSuffix ".key" . }}
- {path: /etc/kubernetes/pki/{{ . }}, mode: "0600", owner: "root:root", fromPki: {{ . }}}
{{- else }}
- {path: /etc/kubernetes/pki/{{ . }}.crt, mode: "0644", owner: "root:root", fromPki: {{ . }}.crt}
- {path: /etc/kubernetes/pki/{{ . }}.key, mode: "0600", owner: "root:root", fromPki: {{ . }}.key}
{{- end }}
{{- end }}
{{- end }}
