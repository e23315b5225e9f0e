import { connectionOptions } from '@kubernode/client';
import { optionTable, type Options, type OptionSpec } from '@kubernode/component-base';

type Text = OptionSpec<'string'> & { kind: 'string' };
type TextOr = Text & { default: string };
type Int = OptionSpec<'int'> & { kind: 'int'; default: number };
type Flag = OptionSpec<'boolean'> & { kind: 'boolean'; default: boolean };
type List = OptionSpec<'list'> & { kind: 'list'; default: readonly string[] };
type Duration = OptionSpec<'duration'> & { kind: 'duration'; default: number };
type TextMap = OptionSpec<'map'> & { kind: 'map'; default: Readonly<Record<string, string>> };

type NodeTable = typeof connectionOptions & {
  readonly 'hostname-override': Text; readonly 'node-ip': Text; readonly 'container-runtime-endpoint': TextOr; readonly 'root-dir': TextOr; readonly 'local-path-dir': TextOr;
  readonly 'pod-logs-dir': TextOr; readonly 'container-logs-dir': TextOr; readonly 'pod-cidr': Text; readonly 'cluster-cidr': Text;
  readonly 'cluster-dns': List; readonly 'cluster-domain': TextOr; readonly 'resolv-conf': TextOr; readonly 'cni-conf-dir': TextOr;
  readonly 'cni-bridge': TextOr; readonly 'cni-data-dir': TextOr; readonly 'cni-bin-dir': TextOr; readonly 'pod-routes': TextOr; readonly 'vxlan-id': Int; readonly 'vxlan-port': Int; readonly 'network-kubeconfig': Text; readonly address: TextOr; readonly port: Int;
  readonly 'healthz-port': Int; readonly 'healthz-bind-address': TextOr; readonly 'read-only-port': Int; readonly 'tls-cert-file': Text;
  readonly 'tls-private-key-file': Text; readonly 'client-ca-file': Text; readonly 'anonymous-auth': Flag; readonly 'register-node': Flag;
  readonly 'node-labels': TextMap; readonly 'register-with-taints': List; readonly 'max-pods': Int; readonly 'cgroup-root': TextOr;
  readonly 'node-status-update-frequency': Duration; readonly 'container-log-max-size': TextOr; readonly 'container-log-max-files': Int;
  readonly 'seccomp-default': Flag; readonly without: List; readonly companion: List; readonly v: Int;
  readonly config: Text; readonly 'feature-gates': TextMap; readonly 'pod-infra-container-image': Text;
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
  'seccomp-default': { kind: 'boolean', default: false, help: 'Use the runtime\'s default seccomp profile where a pod names none' },
  without: { kind: 'list', default: [], help: 'Companions that are not to run in this process (proxy, dns, network-policy)', placeholder: 'NAME,…' },
  companion: { kind: 'list', default: [], help: 'A flag for a companion', placeholder: 'NAME:FLAG=VALUE' },
  v: { kind: 'int', default: 0, help: 'Verbosity of the log', placeholder: 'LEVEL' },
  config: { kind: 'string', help: '', ignored: 'flags are enough' },
  'feature-gates': { kind: 'map', default: {}, help: '', ignored: 'features are not gated' },
  'pod-infra-container-image': { kind: 'string', help: '', ignored: 'the runtime\'s configuration names it' },
});

export type NodeOptions = Options<NodeTable>;
