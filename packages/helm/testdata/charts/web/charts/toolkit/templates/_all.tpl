{{- define "toolkit.names.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "toolkit.tplvalues.render" -}}
{{- $value := typeIs "string" .value | ternary .value (.value | toYaml) }}
{{- if contains "{{" (toJson .value) }}
  {{- tpl $value .context }}
{{- else }}
    {{- $value }}
{{- end }}
{{- end -}}

{{- define "toolkit.tplvalues.merge" -}}
{{- $dst := dict -}}
{{- range .values -}}
{{- $dst = include "toolkit.tplvalues.render" (dict "value" . "context" $.context) | fromYaml | merge $dst -}}
{{- end -}}
{{ $dst | toYaml }}
{{- end -}}

{{- define "toolkit.labels.matchLabels" -}}
{{- if and (hasKey . "customLabels") (hasKey . "context") -}}
{{ merge (pick (include "toolkit.tplvalues.render" (dict "value" .customLabels "context" .context) | fromYaml) "app.kubernetes.io/name" "app.kubernetes.io/instance") (dict "app.kubernetes.io/name" (include "toolkit.names.name" .context) "app.kubernetes.io/instance" .context.Release.Name ) | toYaml }}
{{- end -}}
{{- end -}}

{{- define "toolkit.images.image" -}}
{{- $registryName := default .imageRoot.registry ((.global).imageRegistry) -}}
{{- $separator := ":" -}}
{{- $termination := .imageRoot.tag | toString -}}
{{- if not .imageRoot.tag }}{{ if .chart }}{{ $termination = .chart.AppVersion | toString -}}{{ end }}{{ end -}}
{{- if .imageRoot.digest }}
    {{- $separator = "@" -}}
    {{- $termination = .imageRoot.digest | toString -}}
{{- end -}}
{{- if $registryName }}
    {{- printf "%s/%s%s%s" $registryName .imageRoot.repository $separator $termination -}}
{{- else -}}
    {{- printf "%s%s%s"  .imageRoot.repository $separator $termination -}}
{{- end -}}
{{- end -}}

{{- define "toolkit.images.pullSecrets" -}}
  {{- $pullSecrets := list }}
  {{- range ((.global).imagePullSecrets) -}}
    {{- if kindIs "map" . -}}{{- $pullSecrets = append $pullSecrets .name -}}{{- else -}}{{- $pullSecrets = append $pullSecrets . -}}{{- end }}
  {{- end -}}
  {{- range .images -}}
    {{- range .pullSecrets -}}
      {{- if kindIs "map" . -}}{{- $pullSecrets = append $pullSecrets .name -}}{{- else -}}{{- $pullSecrets = append $pullSecrets . -}}{{- end -}}
    {{- end -}}
  {{- end -}}
  {{- if (not (empty $pullSecrets)) -}}
imagePullSecrets:
    {{- range $pullSecrets | uniq }}
  - name: {{ . }}
    {{- end }}
  {{- end }}
{{- end -}}

{{- define "toolkit.passwords.manage" -}}
{{- $password := "" }}
{{- $secret := (lookup "v1" "Secret" .context.Release.Namespace .secret).data }}
{{- if $secret }}{{- $password = index $secret .key | b64dec }}{{- else if .given }}{{- $password = .given | toString }}{{- else }}{{- $password = randAlphaNum 16 }}{{- end -}}
{{- $password | b64enc | quote -}}
{{- end -}}
