{{/* HAProxy in TCP mode: TLS ends at the API servers, who see the clients' certificates. */}}
{{- define "kubernode.loadBalancer.files" -}}
{{- $v := .root.Values -}}
{{- $servers := (include "kubernode.hostsOf" (list .root "controlPlane") | fromJson).hosts -}}
{{- $checked := gt (len $servers) 1 -}}
{{ include "kubernode.pki" (list "ca.crt") | trim }}
- path: /etc/kubernode/haproxy.cfg
  mode: "0644"
  owner: root:root
  content: |
    global
      maxconn 4000
      nbthread 1
      stats socket /run/kubernode-haproxy/admin.sock mode 600 level admin
      hard-stop-after 30m
    defaults
      mode tcp
      timeout connect 500ms
      timeout client 24h
      timeout server 24h
      timeout check 300ms
      timeout queue 5s
    frontend https
      bind :{{ $v.ports.loadBalancer }}
      default_backend apiservers
    frontend grpc
      bind :{{ $v.ports.loadBalancerGrpc }}
      default_backend apiservers-grpc
    frontend metrics
      mode http
      bind 127.0.0.1:{{ $v.ports.loadBalancerMetrics }}
      http-request return status 200 if { path /healthz }
      http-request use-service prometheus-exporter if { path /metrics }
      http-request deny
{{- range $backend, $port := dict "apiservers" $v.ports.apiServer "apiservers-grpc" $v.ports.apiServerGrpc }}
    backend {{ $backend }}
      mode tcp
      balance leastconn
      option redispatch 1
      retries 3
{{- if $checked }}
      option httpchk GET /readyz?while-draining=404&exclude=etcd&exclude=etcd-readiness&include=etcd-connection
      http-check expect status 200
      http-check disable-on-404
      default-server inter 300ms fastinter 100ms downinter 300ms fall 3 rise 1 on-marked-down shutdown-sessions check-ssl verify none observe layer4 error-limit 1 on-error mark-down
{{- end }}
{{- range $servers }}
      server {{ .name }} {{ .address }}:{{ $port }}{{ if $checked }} check port {{ $v.ports.apiServer }}{{ end }}
{{- end }}
{{- if $checked }}
      # where no server passes its check, one that may only be slow is better than none
      option allbackups
{{- range $servers }}
      server {{ .name }}-unchecked {{ .address }}:{{ $port }} backup
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "kubernode.loadBalancer.units" -}}
- name: kubernode-haproxy.service
  phase: loadBalancer
  uses: [/etc/kubernode/haproxy.cfg, /etc/kubernetes/pki/ca.crt]
  reloads: true
  ready: {scheme: http, port: {{ .root.Values.ports.loadBalancerMetrics }}, path: /healthz}
  content: |
    [Unit]
    Description=Load balancer of the cluster {{ .root.Values.clusterName }}
    Wants=network-online.target
    After=network-online.target

    [Service]
    Type=notify
    RuntimeDirectory=kubernode-haproxy
    RuntimeDirectoryPreserve=yes
    ExecStartPre={{ .root.Values.programs.haproxy }} -c -q -f /etc/kubernode/haproxy.cfg
    ExecStart={{ .root.Values.programs.haproxy }} -Ws -f /etc/kubernode/haproxy.cfg
    ExecReload={{ .root.Values.programs.haproxy }} -c -q -f /etc/kubernode/haproxy.cfg
    ExecReload=/bin/kill -USR2 $MAINPID
    KillMode=mixed
    SuccessExitStatus=143
    Restart=always
    RestartSec=1
    LimitNOFILE=65536
    TasksMax=infinity

    [Install]
    WantedBy=multi-user.target
{{- end }}
