{{/* Container runtime and node agent, the latter with service proxy, network policies and DNS in its process. */}}
{{- define "kubernode.node.files" -}}
{{- $v := .root.Values -}}
{{- $pki := "/etc/kubernetes/pki" -}}
{{- $labels := list -}}
{{- range $key, $value := .host.labels }}{{- $labels = append $labels (printf "%s=%s" $key $value) }}{{- end -}}
{{- /* One that joined by a token asks for its certificates itself; others have them from deploy. */ -}}
{{- $identity := printf "--tls-cert-file=%s/kubelet-%s.crt --tls-private-key-file=%s/kubelet-%s.key" $pki .host.name $pki .host.name -}}
{{- if .host.joins }}{{ $identity = "--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --cert-dir=/var/lib/kubelet/pki --rotate-certificates=true --rotate-server-certificates=true" }}{{ end -}}
{{- $args := printf `
--kubeconfig=/etc/kubernetes/kubelet.conf
--hostname-override=%s
--node-ip=%s
--container-runtime-endpoint=unix:///run/kubernode-containerd/containerd.sock
--root-dir=/var/lib/kubelet
--pod-logs-dir=/var/log/pods
--container-logs-dir=/var/log/containers
--pod-manifest-path=/etc/kubernetes/manifests
--port=%v
%s
--client-ca-file=%s/ca.crt
--cni-conf-dir=/etc/kubernode/cni
--cni-data-dir=/var/lib/kubernode/cni
--cluster-cidr=%s
--network-kubeconfig=/etc/kubernetes/network.conf
--cluster-dns=%s
--cluster-domain=%s
--companion=proxy:kubeconfig=/etc/kubernetes/kube-proxy.conf
--companion=network-policy:kubeconfig=/etc/kubernetes/network.conf
--companion=dns:kubeconfig=/etc/kubernetes/dns.conf
--companion=dns:port=%v
--companion=dns:announce=true
%s
%s
-v=%v
%s` .host.name .host.address $v.ports.kubelet $identity $pki $v.networks.pods $v.networks.dns $v.clusterDomain $v.ports.dns (ternary (printf "--node-labels=%s" (join "," $labels)) "" (gt (len $labels) 0)) (ternary (printf "--register-with-taints=%s" (join "," .host.taints)) "" (gt (len (default list .host.taints)) 0)) $v.verbosity (include "kubernode.extraArgs" $v.extraArgs.node) -}}
{{ include "kubernode.pki" (list "ca.crt" "kube-proxy" "dns" "network") | trim }}
{{- if not .host.joins }}
{{ include "kubernode.pki" (list (printf "node-%s" .host.name) (printf "kubelet-%s" .host.name)) | trim }}
{{ include "kubernode.file" (list "/etc/kubernetes/kubelet.conf" "0600" (include "kubernode.kubeconfig" (dict "root" .root "server" (include "kubernode.httpsServer" .root) "cert" (printf "node-%s" .host.name)))) }}
{{- end }}
{{ include "kubernode.file" (list "/etc/kubernode/node.env" "0644" (include "kubernode.argsFile" (list "NODE_ARGS" $args))) }}
{{ range list "kube-proxy" "dns" "network" }}
{{ include "kubernode.file" (list (printf "/etc/kubernetes/%s.conf" .) "0600" (include "kubernode.kubeconfig" (dict "root" $.root "server" (include "kubernode.httpsServer" $.root) "cert" .))) }}
{{- end }}
- path: /etc/kubernode/containerd.toml
  mode: "0644"
  owner: root:root
  content: |
    version = 2
    root = "/var/lib/kubernode/containerd"
    state = "/run/kubernode-containerd/state"
    [grpc]
      address = "/run/kubernode-containerd/containerd.sock"
    [plugins."io.containerd.internal.v1.opt"]
      path = "/var/lib/kubernode/containerd-opt"
    [plugins."io.containerd.grpc.v1.cri"]
      sandbox_image = "localhost/kubernode-pause:1"
      disable_apparmor = true
      restrict_oom_score_adj = {{ $v.containerd.restrictOomScore }}
      stream_server_address = "127.0.0.1"
      stream_server_port = "0"
      [plugins."io.containerd.grpc.v1.cri".cni]
        bin_dir = "{{ $v.programs.cniDir }}"
        conf_dir = "/etc/kubernode/cni"
      [plugins."io.containerd.grpc.v1.cri".containerd]
        snapshotter = "overlayfs"
        default_runtime_name = "runc"
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
          runtime_type = "io.containerd.runc.v2"
          [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
            SystemdCgroup = false
{{- end }}

{{- define "kubernode.node.units" -}}
- name: kubernode-containerd.service
  phase: node
  uses: [/etc/kubernode/containerd.toml]
  state: [/var/lib/kubernode/containerd, /var/lib/kubernode/containerd-opt]
  content: |
    [Unit]
    Description=Container runtime of the cluster {{ .root.Values.clusterName }}
    Wants=network-online.target
    After=network-online.target

    [Service]
    Type=notify
    Environment=PATH={{ dir .root.Values.programs.containerd }}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    RuntimeDirectory=kubernode-containerd
    RuntimeDirectoryPreserve=yes
    ExecStart={{ .root.Values.programs.containerd }} --config /etc/kubernode/containerd.toml
    Delegate=yes
    KillMode=process
    Restart=always
    RestartSec=1
    LimitNOFILE=1048576
    LimitCORE=infinity
    TasksMax=infinity
    OOMScoreAdjust=-999

    [Install]
    WantedBy=multi-user.target
- name: kubernode-node.service
  phase: node
  uses: [/etc/kubernode/node.env, /etc/kubernetes/kube-proxy.conf, /etc/kubernetes/dns.conf, /etc/kubernetes/network.conf, /etc/kubernetes/pki/ca.crt,{{ if not .host.joins }} /etc/kubernetes/kubelet.conf, /etc/kubernetes/pki/node-{{ .host.name }}.crt, /etc/kubernetes/pki/kubelet-{{ .host.name }}.crt,{{ end }} /etc/kubernetes/pki/kube-proxy.crt, /etc/kubernetes/pki/dns.crt, /etc/kubernetes/pki/network.crt]
  data: [/var/log/pods, /var/log/containers]
  state: [/var/lib/kubelet, /var/lib/kubernode/cni, /var/lib/kubernode/images{{ if .host.joins }}, /etc/kubernetes/kubelet.conf{{ end }}]
  ready: {scheme: http, port: 10248, path: /healthz}
  content: |
{{ include "kubernode.unit" (dict "root" .root "description" "Node" "command" "node" "env" "node" "variable" "NODE_ARGS" "stop" 20 "after" "kubernode-containerd.service" "wants" "kubernode-containerd.service" "pre" (printf "%s prepare-node --containerd-socket=/run/kubernode-containerd/containerd.sock" .root.Values.programs.kubernode) "more" (printf "Environment=PATH=%s:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nDelegate=yes\nKillMode=process\nOOMScoreAdjust=-999" (dir .root.Values.programs.containerd))) | indent 4 }}
{{- end }}
