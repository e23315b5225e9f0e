{{/* One member of etcd. What is only read when a member starts for the first time stands in a file of its own, which nothing restarts for. */}}
{{- define "kubernode.etcd.files" -}}
{{- $v := .root.Values -}}
{{- $client := printf "https://%s:%v" .host.address $v.ports.etcdClient -}}
{{- $peer := printf "https://%s:%v" .host.address $v.ports.etcdPeer -}}
{{- $members := list -}}
{{- range (include "kubernode.hostsOf" (list .root "etcd") | fromJson).hosts }}{{- $members = append $members (printf "%s=https://%s:%v" .name .address $v.ports.etcdPeer) }}{{- end -}}
{{- $args := printf `
--name=%s
--data-dir=/var/lib/etcd
--listen-client-urls=%s,https://127.0.0.1:%v
--advertise-client-urls=%s
--listen-peer-urls=%s
--initial-advertise-peer-urls=%s
--listen-metrics-urls=http://127.0.0.1:%v
--cert-file=/etc/kubernetes/pki/etcd.crt
--key-file=/etc/kubernetes/pki/etcd.key
--trusted-ca-file=/etc/kubernetes/pki/etcd-ca.crt
--client-cert-auth
--peer-cert-file=/etc/kubernetes/pki/etcd.crt
--peer-key-file=/etc/kubernetes/pki/etcd.key
--peer-trusted-ca-file=/etc/kubernetes/pki/etcd-ca.crt
--peer-client-cert-auth
--quota-backend-bytes=8589934592
--snapshot-count=10000
--pre-vote
--max-request-bytes=3145728
--logger=zap
--log-level=warn
%s` .host.name $client $v.ports.etcdClient $client $peer $peer $v.ports.etcdMetrics (include "kubernode.extraArgs" $v.extraArgs.etcd) -}}
{{ include "kubernode.pki" (list "etcd-ca.crt" "etcd") | trim }}
{{ include "kubernode.file" (list "/etc/kubernode/etcd.env" "0644" (include "kubernode.argsFile" (list "ETCD_ARGS" $args))) }}
- path: /etc/kubernode/etcd-first-start.env
  mode: "0644"
  owner: root:root
  once: true
  content: |
    ETCD_INITIAL_CLUSTER={{ join "," $members }}
    ETCD_INITIAL_CLUSTER_STATE=new
    ETCD_INITIAL_CLUSTER_TOKEN={{ $v.clusterName }}
{{- end }}

{{- define "kubernode.etcd.units" -}}
- name: kubernode-etcd.service
  phase: etcd
  uses: [/etc/kubernode/etcd.env, /etc/kubernetes/pki/etcd-ca.crt]
  data: [/var/lib/etcd]
  ready: {scheme: http, port: {{ .root.Values.ports.etcdMetrics }}, path: /health}
  content: |
    [Unit]
    Description=etcd of the cluster {{ .root.Values.clusterName }}
    Documentation=https://etcd.io/docs
    Wants=network-online.target
    After=network-online.target

    [Service]
    Type=notify
    EnvironmentFile=/etc/kubernode/etcd.env
    EnvironmentFile=/etc/kubernode/etcd-first-start.env
    StateDirectory=etcd
    StateDirectoryMode=0700
    ExecStart={{ .root.Values.programs.etcd }} $ETCD_ARGS
    Restart=always
    RestartSec=1
    TimeoutStartSec=infinity
    LimitNOFILE=65536
    TasksMax=infinity
    OOMScoreAdjust=-999

    [Install]
    WantedBy=multi-user.target
{{- end }}
