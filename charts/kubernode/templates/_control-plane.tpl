{{/*
API server, scheduler and controller manager of one host. An API server that ends serves on until load balancers give it no new connections: where
one finds it gone instead, it cuts the connections that are still being served. Its watches end one after the other, so that those who come back do
not take the processor from everybody's requests all at once.
*/}}
{{- define "kubernode.controlPlane.files" -}}
{{- $v := .root.Values -}}
{{- $etcd := list -}}
{{- range (include "kubernode.hostsOf" (list .root "etcd") | fromJson).hosts }}{{- $etcd = append $etcd (printf "https://%s:%v" .address $v.ports.etcdClient) }}{{- end -}}
{{- $pki := "/etc/kubernetes/pki" -}}
{{- $advertise := ternary $v.endpoint .host.address (regexMatch "^[0-9.]+$" $v.endpoint) -}}
{{- $advertisePort := ternary $v.ports.loadBalancer $v.ports.apiServer (regexMatch "^[0-9.]+$" $v.endpoint) -}}
{{- $apiserver := printf `
--bind-address=0.0.0.0
--secure-port=%v
--grpc-port=%v
--advertise-address=%s
--advertise-port=%v
--etcd-servers=%s
--etcd-cafile=%s/etcd-ca.crt
--etcd-certfile=%s/apiserver-etcd-client.crt
--etcd-keyfile=%s/apiserver-etcd-client.key
--etcd-quota-bytes=8589934592
--tls-cert-file=%s/apiserver.crt
--tls-private-key-file=%s/apiserver.key
--client-ca-file=%s/ca.crt
--service-account-key-file=%s/sa.pub
--service-account-signing-key-file=%s/sa.key
--service-account-issuer=https://kubernetes.default.svc.%s
--kubelet-client-certificate=%s/apiserver-kubelet-client.crt
--kubelet-client-key=%s/apiserver-kubelet-client.key
--kubelet-certificate-authority=%s/ca.crt
--kubelet-preferred-address-types=InternalIP,Hostname
--requestheader-client-ca-file=%s/front-proxy-ca.crt
--requestheader-allowed-names=front-proxy-client
--requestheader-username-headers=X-Remote-User
--requestheader-uid-headers=X-Remote-Uid
--requestheader-group-headers=X-Remote-Group
--requestheader-extra-headers-prefix=X-Remote-Extra-
--proxy-client-cert-file=%s/front-proxy-client.crt
--proxy-client-key-file=%s/front-proxy-client.key
--service-cluster-ip-range=%s
--authorization-mode=Node,RBAC
--enable-admission-plugins=NodeRestriction
--enable-bootstrap-token-auth=true
--allow-privileged=true
--shutdown-delay-duration=700ms
--shutdown-watch-termination-grace-period=700ms
-v=%v
%s` $v.ports.apiServer $v.ports.apiServerGrpc $advertise $advertisePort (join "," $etcd) $pki $pki $pki $pki $pki $pki $pki $pki $v.clusterDomain $pki $pki $pki $pki $pki $pki $v.networks.services $v.verbosity (include "kubernode.extraArgs" $v.extraArgs.apiServer) -}}
{{- $scheduler := printf `
--kubeconfig=/etc/kubernetes/scheduler.conf
--leader-elect=true
--bind-address=127.0.0.1
--secure-port=%v
-v=%v
%s` $v.ports.scheduler $v.verbosity (include "kubernode.extraArgs" $v.extraArgs.scheduler) -}}
{{- $controllerManager := printf `
--kubeconfig=/etc/kubernetes/controller-manager.conf
--leader-elect=true
--bind-address=127.0.0.1
--secure-port=%v
--allocate-node-cidrs=true
--cluster-cidr=%s
--service-cluster-ip-range=%s
--root-ca-file=%s/ca.crt
--service-account-private-key-file=%s/sa.key
--cluster-signing-cert-file=%s/ca.crt
--cluster-signing-key-file=%s/ca.key
--controllers=*,bootstrap-signer-controller,token-cleaner-controller
--state-metrics
-v=%v
%s` $v.ports.controllerManager $v.networks.pods $v.networks.services $pki $pki $pki $pki $v.verbosity (include "kubernode.extraArgs" $v.extraArgs.controllerManager) -}}
{{ include "kubernode.pki" (list "ca" "etcd-ca.crt" "front-proxy-ca.crt" "front-proxy-client" "sa.key" "sa.pub" "apiserver" "apiserver-etcd-client" "apiserver-kubelet-client" "scheduler" "controller-manager") | trim }}
{{ include "kubernode.file" (list "/etc/kubernode/apiserver.env" "0644" (include "kubernode.argsFile" (list "APISERVER_ARGS" $apiserver))) }}
{{ include "kubernode.file" (list "/etc/kubernode/scheduler.env" "0644" (include "kubernode.argsFile" (list "SCHEDULER_ARGS" $scheduler))) }}
{{ include "kubernode.file" (list "/etc/kubernode/controller-manager.env" "0644" (include "kubernode.argsFile" (list "CONTROLLER_MANAGER_ARGS" $controllerManager))) }}
{{ include "kubernode.file" (list "/etc/kubernetes/scheduler.conf" "0600" (include "kubernode.kubeconfig" (dict "root" .root "server" (include "kubernode.grpcServer" .root) "cert" "scheduler"))) }}
{{ include "kubernode.file" (list "/etc/kubernetes/controller-manager.conf" "0600" (include "kubernode.kubeconfig" (dict "root" .root "server" (include "kubernode.grpcServer" .root) "cert" "controller-manager"))) }}
{{- end }}

{{- define "kubernode.controlPlane.units" -}}
{{- $v := .root.Values -}}
- name: kubernode-apiserver.service
  phase: controlPlane
  drained: true
  uses: [/etc/kubernode/apiserver.env]
  ready: {scheme: https, port: {{ $v.ports.apiServer }}, path: /readyz}
  content: |
{{ include "kubernode.unit" (dict "root" .root "description" "API server" "command" "apiserver" "env" "apiserver" "variable" "APISERVER_ARGS" "stop" 40) | indent 4 }}
- name: kubernode-scheduler.service
  phase: controllers
  uses: [/etc/kubernode/scheduler.env, /etc/kubernetes/scheduler.conf, /etc/kubernetes/pki/ca.crt, /etc/kubernetes/pki/scheduler.crt]
  ready: {scheme: http, port: {{ $v.ports.scheduler }}, path: /healthz}
  content: |
{{ include "kubernode.unit" (dict "root" .root "description" "Scheduler" "command" "scheduler" "env" "scheduler" "variable" "SCHEDULER_ARGS" "stop" 10) | indent 4 }}
- name: kubernode-controller-manager.service
  phase: controllers
  uses: [/etc/kubernode/controller-manager.env, /etc/kubernetes/controller-manager.conf, /etc/kubernetes/pki/ca.crt, /etc/kubernetes/pki/sa.pub, /etc/kubernetes/pki/controller-manager.crt]
  ready: {scheme: http, port: {{ $v.ports.controllerManager }}, path: /healthz}
  content: |
{{ include "kubernode.unit" (dict "root" .root "description" "Controller manager" "command" "controller-manager" "env" "controller-manager" "variable" "CONTROLLER_MANAGER_ARGS" "stop" 10) | indent 4 }}
{{- end }}

{{/* The unit of one of our own processes; it is asked for its health, which says more than that it was started. */}}
{{- define "kubernode.unit" -}}
[Unit]
Description={{ .description }} of the cluster {{ .root.Values.clusterName }}
Wants=network-online.target
After=network-online.target{{ with .after }} {{ . }}{{ end }}
{{- with .wants }}
Wants={{ . }}
{{- end }}

[Service]
Type=exec
EnvironmentFile=/etc/kubernode/{{ .env }}.env
{{- with .pre }}
ExecStartPre={{ . }}
{{- end }}
ExecStart={{ .root.Values.programs.kubernode }} {{ .command }} ${{ .variable }}
Restart=always
RestartSec=1
TimeoutStopSec={{ .stop }}
LimitNOFILE=1048576
LimitCORE=0
TasksMax=infinity
{{- with .more }}
{{ . }}
{{- end }}

[Install]
WantedBy=multi-user.target
{{- end }}
