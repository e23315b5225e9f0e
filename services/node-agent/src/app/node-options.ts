import { connectionOptions } from '@kubernode/client';
import { loggingOptions, optionTable, type Options, type OptionSpec } from '@kubernode/component-base';

type Text = OptionSpec<'string'> & { kind: 'string' };
type TextOr = Text & { default: string };
type Int = OptionSpec<'int'> & { kind: 'int'; default: number };
type Flag = OptionSpec<'boolean'> & { kind: 'boolean'; default: boolean };
type List = OptionSpec<'list'> & { kind: 'list'; default: readonly string[] };
type Duration = OptionSpec<'duration'> & { kind: 'duration'; default: number };
type TextMap = OptionSpec<'map'> & { kind: 'map'; default: Readonly<Record<string, string>> };

type NodeTable = typeof connectionOptions & typeof loggingOptions & {
  readonly 'hostname-override': Text; readonly 'node-ip': Text; readonly 'container-runtime-endpoint': TextOr; readonly 'root-dir': TextOr; readonly 'local-path-dir': TextOr;
  readonly 'pod-logs-dir': TextOr; readonly 'container-logs-dir': TextOr; readonly 'pod-cidr': Text; readonly 'cluster-cidr': Text;
  readonly 'cluster-dns': List; readonly 'cluster-domain': TextOr; readonly 'resolv-conf': TextOr; readonly 'cni-conf-dir': TextOr;
  readonly 'cni-bridge': TextOr; readonly 'cni-data-dir': TextOr; readonly 'cni-bin-dir': TextOr; readonly 'pod-routes': TextOr; readonly 'vxlan-id': Int; readonly 'vxlan-port': Int; readonly 'network-kubeconfig': Text; readonly address: TextOr; readonly port: Int;
  readonly 'healthz-port': Int; readonly 'healthz-bind-address': TextOr; readonly 'read-only-port': Int; readonly 'tls-cert-file': Text;
  readonly 'tls-private-key-file': Text; readonly 'client-ca-file': Text; readonly 'anonymous-auth': Flag; readonly 'register-node': Flag;
  readonly 'node-labels': TextMap; readonly 'register-with-taints': List; readonly 'max-pods': Int; readonly 'cgroup-root': TextOr;
  readonly 'node-status-update-frequency': Duration; readonly 'container-log-max-size': TextOr; readonly 'container-log-max-files': Int;
  readonly 'pod-max-pids': Int; readonly 'allowed-unsafe-sysctls': List;
  readonly 'seccomp-default': Flag; readonly 'enable-system-log-handler': Flag; readonly 'enable-profiling-handler': Flag; readonly 'tracing-endpoint': Text; readonly 'tracing-sampling-rate-per-million': OptionSpec<'int'> & { kind: 'int' }; readonly 'enable-debug-flags-handler': Flag; readonly without: List; readonly companion: List;
  readonly 'pod-manifest-path': TextOr; readonly 'file-check-frequency': Duration; readonly 'eviction-hard': Text; readonly 'eviction-soft': TextOr; readonly 'eviction-soft-grace-period': TextMap;
  readonly 'eviction-minimum-reclaim': TextMap; readonly 'eviction-pressure-transition-period': Duration; readonly 'eviction-max-pod-grace-period': Int;
  readonly 'image-gc-high-threshold': Int; readonly 'image-gc-low-threshold': Int; readonly 'minimum-image-ttl-duration': Duration; readonly 'image-maximum-gc-age': Duration;
  readonly 'registry-qps': Int; readonly 'registry-burst': Int; readonly 'serialize-image-pulls': Flag; readonly 'max-parallel-image-pulls': Int;
  readonly 'image-credential-provider-config': TextOr; readonly 'image-credential-provider-bin-dir': TextOr;
  readonly 'image-pull-credentials-verification-policy': TextOr; readonly 'preloaded-images-verification-allowlist': List;
  readonly 'system-reserved': TextMap; readonly 'kube-reserved': TextMap; readonly 'enforce-node-allocatable': List; readonly 'pods-per-core': Int;
  readonly 'node-status-report-frequency': Duration; readonly 'node-lease-duration-seconds': Int; readonly 'node-status-max-images': Int; readonly 'register-schedulable': Flag;
  readonly 'bootstrap-kubeconfig': TextOr; readonly 'cert-dir': TextOr; readonly 'rotate-certificates': Flag; readonly 'rotate-server-certificates': Flag;
  readonly 'shutdown-grace-period': Duration; readonly 'shutdown-grace-period-critical-pods': Duration; readonly 'shutdown-grace-period-by-pod-priority': TextOr;
  readonly config: TextOr; readonly 'feature-gates': TextMap; readonly 'pod-infra-container-image': Text;
};

/** The kubelet's names where it has the flag. */
export const nodeOptions: NodeTable = optionTable({
  ...connectionOptions,
  'hostname-override': { kind: 'string', help: 'Name of the node; the host\'s name without', placeholder: 'NAME' },
  'node-ip': { kind: 'string', help: 'Address of the node; that of the default route\'s interface without', placeholder: 'ADDRESS' },
  'container-runtime-endpoint': { kind: 'string', default: 'unix:///run/containerd/containerd.sock', help: 'Socket of the container runtime', placeholder: 'URL' },
  'root-dir': { kind: 'string', default: '/var/lib/kubelet', help: 'Where pods\' files are kept', placeholder: 'DIR' },
  'local-path-dir': { kind: 'string', default: '/var/lib/kubernode/volumes', help: 'Where volumes of the local-path provisioner are kept', placeholder: 'DIR' },
  'pod-logs-dir': { kind: 'string', default: '/var/log/pods', help: 'Where containers\' logs are kept', placeholder: 'DIR' },
  'container-logs-dir': { kind: 'string', default: '/var/log/containers', help: 'Where links to logs by container are kept; none when empty', placeholder: 'DIR' },
  'pod-cidr': { kind: 'string', help: 'Addresses of this node\'s pods, one range of each family; the node object\'s podCIDRs without', placeholder: 'CIDR,…' },
  'cluster-cidr': { kind: 'string', help: 'Addresses of all pods; what goes elsewhere from a pod gets the node\'s address', placeholder: 'CIDR,…' },
  'cluster-dns': { kind: 'list', default: [], help: 'Addresses of the cluster\'s DNS', placeholder: 'ADDRESS,…' },
  'cluster-domain': { kind: 'string', default: 'cluster.local', help: 'Domain of the cluster\'s services', placeholder: 'DOMAIN' },
  'resolv-conf': { kind: 'string', default: '/etc/resolv.conf', help: 'Resolver configuration that pods inherit', placeholder: 'FILE' },
  'cni-conf-dir': { kind: 'string', default: '/etc/cni/net.d', help: 'Where the pod network\'s configuration is written; not written when empty', placeholder: 'DIR' },
  'cni-bridge': { kind: 'string', default: 'kn0', help: 'Bridge of the pod network', placeholder: 'NAME' },
  'cni-data-dir': { kind: 'string', default: '/var/lib/cni/networks', help: 'Where pods\' addresses are recorded', placeholder: 'DIR' },
  'pod-routes': { kind: 'string', default: 'auto', help: 'How other nodes\' pods are reached: auto (directly on a shared link, else by VXLAN), vxlan, or none', placeholder: 'MODE' },
  'vxlan-id': { kind: 'int', default: 1, help: 'Network identifier of the VXLAN between nodes, the same on all', placeholder: 'ID' },
  'vxlan-port': { kind: 'int', default: 8472, help: 'UDP port of the VXLAN between nodes, the same on all', placeholder: 'PORT' },
  'network-kubeconfig': { kind: 'string', help: 'Connection that may read all nodes, for the routes to their pods; the node\'s own without', placeholder: 'FILE' },
  'cni-bin-dir': { kind: 'string', default: '', help: '', ignored: 'the runtime finds the plugins by its own configuration' },
  address: { kind: 'string', default: '0.0.0.0', help: 'Address to serve on', placeholder: 'ADDRESS' },
  port: { kind: 'int', default: 10250, help: 'Port for logs, exec, metrics; 0 takes a free one', placeholder: 'PORT' },
  'healthz-port': { kind: 'int', default: 10248, help: 'Port for /healthz without TLS; 0 for none', placeholder: 'PORT' },
  'healthz-bind-address': { kind: 'string', default: '127.0.0.1', help: 'Address of --healthz-port', placeholder: 'ADDRESS' },
  'read-only-port': { kind: 'int', default: 0, help: '', ignored: 'there is no unauthenticated port for pods and metrics' },
  'tls-cert-file': { kind: 'string', help: 'Certificate to serve with; self-signed without', placeholder: 'FILE' },
  'tls-private-key-file': { kind: 'string', help: 'Key of --tls-cert-file', placeholder: 'FILE' },
  'client-ca-file': { kind: 'string', help: 'Authority whose client certificates are accepted', placeholder: 'FILE' },
  'anonymous-auth': { kind: 'boolean', default: false, help: 'Ask for the rights of requests without credentials too, as system:anonymous' },
  'register-node': { kind: 'boolean', default: true, help: 'Create the node object' },
  'node-labels': { kind: 'map', default: {}, help: 'Labels of the node object', placeholder: 'KEY=VALUE,…' },
  'register-with-taints': { kind: 'list', default: [], help: 'Taints of the node object when it is created', placeholder: 'KEY=VALUE:EFFECT,…' },
  'max-pods': { kind: 'int', default: 110, help: 'Most pods on this node', placeholder: 'COUNT' },
  'cgroup-root': { kind: 'string', default: '/', help: 'Control group below which pods are put', placeholder: 'PATH' },
  'node-status-update-frequency': { kind: 'duration', default: 10_000, help: 'How often the node\'s status is checked' },
  'container-log-max-size': { kind: 'string', default: '10Mi', help: 'Size at which a container\'s log is rotated', placeholder: 'QUANTITY' },
  'container-log-max-files': { kind: 'int', default: 5, help: 'Most log files of one container', placeholder: 'COUNT' },
  'pod-max-pids': { kind: 'int', default: -1, help: 'Most processes of one pod; no limit when negative', placeholder: 'COUNT' },
  'allowed-unsafe-sysctls': { kind: 'list', default: [], help: 'Kernel settings that pods may set beyond the safe ones; * at the end stands for anything', placeholder: 'NAME,…' },
  'seccomp-default': { kind: 'boolean', default: false, help: 'Use the runtime\'s default seccomp profile where a pod names none' },
  'pod-manifest-path': { kind: 'string', default: '', help: 'Folder of manifests, or one file, whose pods run here whatever the API server says', placeholder: 'PATH' },
  'file-check-frequency': { kind: 'duration', default: 20_000, help: 'How often --pod-manifest-path is looked at even when no change was seen' },
  'eviction-hard': { kind: 'string', help: 'What must be free, or pods are evicted at once (default memory.available<100Mi,nodefs.available<10%,nodefs.inodesFree<5%,imagefs.available<15%,imagefs.inodesFree<5%)', placeholder: 'SIGNAL<VALUE,…' },
  'eviction-soft': { kind: 'string', default: '', help: 'What must be free, or pods are evicted after --eviction-soft-grace-period', placeholder: 'SIGNAL<VALUE,…' },
  'eviction-soft-grace-period': { kind: 'map', default: {}, help: 'How long a soft threshold may be crossed', placeholder: 'SIGNAL=DURATION,…' },
  'eviction-minimum-reclaim': { kind: 'map', default: {}, help: 'How much more must be free again after a threshold was crossed', placeholder: 'SIGNAL=VALUE,…' },
  'eviction-pressure-transition-period': { kind: 'duration', default: 300_000, help: 'How long the node says that it is under pressure after the last sign of it' },
  'eviction-max-pod-grace-period': { kind: 'int', default: 0, help: 'Longest grace of a pod that is evicted by a soft threshold, seconds', placeholder: 'SECONDS' },
  'image-gc-high-threshold': { kind: 'int', default: 85, help: 'How full the disk may be before unused images are removed; 100 for never', placeholder: 'PERCENT' },
  'image-gc-low-threshold': { kind: 'int', default: 80, help: 'How full it is to be after that', placeholder: 'PERCENT' },
  'minimum-image-ttl-duration': { kind: 'duration', default: 120_000, help: 'Images younger than this stay' },
  'image-maximum-gc-age': { kind: 'duration', default: 0, help: 'Images that nobody has used for so long are removed; 0 for never' },
  'registry-qps': { kind: 'int', default: 5, help: 'Most image pulls per second; 0 for any number', placeholder: 'COUNT' },
  'registry-burst': { kind: 'int', default: 10, help: 'Most image pulls at once after a pause', placeholder: 'COUNT' },
  'serialize-image-pulls': { kind: 'boolean', default: true, help: 'Pull one image at a time' },
  'max-parallel-image-pulls': { kind: 'int', default: 0, help: 'Most images pulled at a time without --serialize-image-pulls; 0 for any number', placeholder: 'COUNT' },
  'image-credential-provider-config': { kind: 'string', default: '', help: 'CredentialProviderConfig: programs that know the credentials of registries', placeholder: 'FILE' },
  'image-credential-provider-bin-dir': { kind: 'string', default: '', help: 'Where these programs are', placeholder: 'DIR' },
  'image-pull-credentials-verification-policy': { kind: 'string', default: 'NeverVerifyPreloadedImages', help: 'Which images that are here a pod may use without showing its credentials', placeholder: 'POLICY' },
  'preloaded-images-verification-allowlist': { kind: 'list', default: [], help: 'The images of the policy NeverVerifyAllowlistedImages', placeholder: 'IMAGE,…' },
  'system-reserved': { kind: 'map', default: {}, help: 'Resources kept for the system', placeholder: 'RESOURCE=QUANTITY,…' },
  'kube-reserved': { kind: 'map', default: {}, help: 'Resources kept for the node agent and the runtime', placeholder: 'RESOURCE=QUANTITY,…' },
  'enforce-node-allocatable': { kind: 'list', default: ['pods'], help: 'What is kept within what the node can give: pods, or none', placeholder: 'NAME,…' },
  'pods-per-core': { kind: 'int', default: 0, help: 'Most pods for each core; 0 for no such limit', placeholder: 'COUNT' },
  'node-status-report-frequency': { kind: 'duration', default: 300_000, help: 'How often a status without news is written' },
  'node-lease-duration-seconds': { kind: 'int', default: 40, help: 'How long the node\'s lease lasts', placeholder: 'SECONDS' },
  'node-status-max-images': { kind: 'int', default: 50, help: 'Most images in the node\'s status; -1 for all', placeholder: 'COUNT' },
  'register-schedulable': { kind: 'boolean', default: true, help: 'Register the node as one that takes pods' },
  'bootstrap-kubeconfig': { kind: 'string', default: '', help: 'Kubeconfig by which a certificate is asked for when --kubeconfig has none that is valid', placeholder: 'FILE' },
  'cert-dir': { kind: 'string', default: '/var/lib/kubelet/pki', help: 'Where certificates that were asked for are kept', placeholder: 'DIR' },
  'rotate-certificates': { kind: 'boolean', default: false, help: 'Ask for a new client certificate before the present one expires' },
  'rotate-server-certificates': { kind: 'boolean', default: false, help: 'Ask the cluster for the serving certificate, and for new ones in time' },
  'shutdown-grace-period': { kind: 'duration', default: 0, help: 'How long the host\'s shutdown is held up so that pods can end; 0 for not at all' },
  'shutdown-grace-period-critical-pods': { kind: 'duration', default: 0, help: 'How much of that is for critical pods, which end last' },
  'shutdown-grace-period-by-pod-priority': { kind: 'string', default: '', help: 'Instead of these two: how long pods from that priority on have', placeholder: 'PRIORITY=SECONDS,…' },
  'enable-system-log-handler': { kind: 'boolean', default: true, help: 'Serve the host\'s /var/log to who may read the node\'s logs' },
  'tracing-endpoint': { kind: 'string', help: 'Where traces go, by OTLP (default localhost:4317 where a rate is given)', placeholder: 'HOST:PORT' },
  'tracing-sampling-rate-per-million': { kind: 'int', help: 'Of a million syncs of pods so many are traced' },
  'enable-profiling-handler': { kind: 'boolean', default: true, help: 'Serve profiles of this process at /debug/pprof/ to who may use nodes/proxy' },
  'enable-debug-flags-handler': { kind: 'boolean', default: true, help: 'Let those change -v by PUT /debug/flags/v' },
  without: { kind: 'list', default: [], help: 'Companions that are not to run in this process (proxy, dns, network-policy)', placeholder: 'NAME,…' },
  companion: { kind: 'list', default: [], help: 'A flag for a companion', placeholder: 'NAME:FLAG=VALUE' },
  ...loggingOptions,
  config: { kind: 'string', default: '', help: 'KubeletConfiguration file; flags win over it', placeholder: 'FILE' },
  'feature-gates': { kind: 'map', default: {}, help: '', ignored: 'features are not gated' },
  'pod-infra-container-image': { kind: 'string', help: '', ignored: 'the runtime\'s configuration names it' },
});

export type NodeOptions = Options<NodeTable>;
