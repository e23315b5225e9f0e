import { FRONT_PROXY_CLIENT } from '../certificates/certificate-plan.ts';
import type { ClusterConfig } from './cluster-config.ts';
import type { Layout } from './layout.ts';
import { withMemoryOf } from './memory-options.ts';
import { inNamespace, nodePlaces, type NodePlace } from './node-place.ts';
import { planPorts, type PortPlan } from './port-plan.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';

/** Programs of the host that a cluster runs, by absolute path or name. */
export interface HostPrograms { etcd: string; haproxy: string; containerd: string; cniBinDir: string }

export interface PlanInput {
  config: ClusterConfig;
  layout: Layout;
  nodeNames: readonly string[];
  /** How the kubernode command itself is started: program and first arguments. */
  kubernode: readonly [string, ...string[]];
  programs: HostPrograms;
  /** Under which pods reach the front; loopback where no node runs. */
  advertiseAddress: string;
}

/** The stage of what speaks to the API: it begins once the API servers serve. */
export const componentStage: number = 2;

/** etcd's own advice for the most. */
const ETCD_QUOTA_BYTES = 8 * 1024 ** 3;
/** A member asks who would vote for it before it calls an election: so one whose log lags holds none up, and one that was cut off ends no leader's term when it returns. The default only from etcd 3.5 on. */
const ETCD_PRE_VOTE = '--pre-vote';

/**
 * A replica that ends serves on until HAProxy has seen that it is to get no new connections, which takes two checks. Then its watches end one
 * after the other: those who come back with all of them at once would take the processor from everybody's requests.
 */
export const endingFlags: readonly string[] = ['--shutdown-delay-duration=700ms', '--shutdown-watch-termination-grace-period=700ms'];

type Context = PlanInput & { ports: PortPlan; places: readonly NodePlace[] };

/** Every process of a cluster, in order of start. A pure function of the configuration. */
export function planProcesses(input: PlanInput): readonly ProcessSpec[] {
  const context = { ...input, ports: planPorts(input.config.securePort), places: nodePlaces(input.config, input.advertiseAddress) };
  const { config } = input;
  return [
    ...times(config.etcdMembers, (i) => etcd(context, i)),
    ...context.places.map((place) => containerd(context, place)),
    ...times(config.replicas, (i) => apiserver(context, i)),
    haproxy(context),
    ...times(config.schedulers, (i) => scheduler(context, i)),
    ...times(config.controllerManagers, (i) => controllerManager(context, i)),
    ...context.places.map((place) => nodeAgent(context, place)),
    ...(config.simulatedNodes > 0 ? [simulatedNodes(context)] : []),
    ...(config.backupEveryMs === undefined ? [] : [backups(context, config.backupEveryMs)]),
  ];
}

/** Where API servers find etcd. */
export function etcdEndpoints(config: ClusterConfig): readonly string[] {
  const ports = planPorts(config.securePort);
  return config.etcdMembers === 0 ? config.etcdServers : times(config.etcdMembers, (i) => `https://127.0.0.1:${ports.etcd(i).client}`);
}

/** Who the members of the cluster's own etcd are. */
export function etcdFounding(config: ClusterConfig): { members: { name: string; peerUrls: string[] }[]; token: string } {
  const ports = planPorts(config.securePort);
  return { members: times(config.etcdMembers, (i) => ({ name: `etcd-${i}`, peerUrls: [`https://127.0.0.1:${ports.etcd(i).peer}`] })), token: config.etcdToken ?? config.name };
}

/** The file name of a component's kubeconfig, below the state folder. */
export const kubeconfigOf = (layout: Layout, user: string): string => `${layout.dir}/kubeconfigs/${user}.kubeconfig`;

function etcd({ config, layout, ports, programs }: Context, member: number): ProcessSpec {
  const { client, peer, metrics } = ports.etcd(member);
  const founding = etcdFounding(config);
  const cluster = founding.members.map(({ name, peerUrls }) => `${name}=${peerUrls.join()}`).join(',');
  const [cert, key, ca] = [layout.pki('etcd.crt'), layout.pki('etcd.key'), layout.pki('etcd-ca.crt')];
  return {
    name: `etcd-${member}`, stage: 0, command: programs.etcd, stopMs: 5000, ready: { kind: 'http', port: metrics, path: '/health' },
    args: [
      `--name=etcd-${member}`, `--data-dir=${layout.etcdData(member)}`,
      `--listen-client-urls=https://127.0.0.1:${client}`, `--advertise-client-urls=https://127.0.0.1:${client}`, `--listen-peer-urls=https://127.0.0.1:${peer}`, `--initial-advertise-peer-urls=https://127.0.0.1:${peer}`, `--listen-metrics-urls=http://127.0.0.1:${metrics}`,
      `--initial-cluster=${cluster}`, `--initial-cluster-state=${config.etcdJoined?.includes(member) === true ? 'existing' : 'new'}`, `--initial-cluster-token=${founding.token}`,
      `--cert-file=${cert}`, `--key-file=${key}`, `--trusted-ca-file=${ca}`, '--client-cert-auth', `--peer-cert-file=${cert}`, `--peer-key-file=${key}`, `--peer-trusted-ca-file=${ca}`, '--peer-client-cert-auth',
      `--quota-backend-bytes=${ETCD_QUOTA_BYTES}`, '--snapshot-count=10000', ETCD_PRE_VOTE, '--logger=zap', '--log-level=warn', ...(config.etcdMembers === 1 ? ['--heartbeat-interval=20', '--election-timeout=200'] : []), // alone it waits for nobody
      '--max-request-bytes=3145728',
    ],
  };
}

function apiserver({ config, layout, ports, kubernode, advertiseAddress }: Context, replica: number): ProcessSpec {
  const { https, grpc } = ports.apiserver(replica);
  return {
    name: `apiserver-${replica}`, stage: 1, startsEarly: true, hasPeers: config.replicas > 1, command: kubernode[0], stopMs: 10_000, ready: { kind: 'https', port: https, path: '/readyz' },
    args: [
      ...withMemoryOf('apiserver', kubernode.slice(1)), 'apiserver', '--bind-address=127.0.0.1', `--secure-port=${https}`, `--grpc-port=${grpc}`, `--advertise-address=${advertiseAddress}`, `--advertise-port=${ports.front}`,
      `--etcd-servers=${etcdEndpoints(config).join(',')}`, ...(config.etcdMembers > 0 ? [`--etcd-quota-bytes=${ETCD_QUOTA_BYTES}`] : []),
      ...(config.etcdMembers > 0 ? [`--etcd-cafile=${layout.pki('etcd-ca.crt')}`, `--etcd-certfile=${layout.pki('apiserver-etcd-client.crt')}`, `--etcd-keyfile=${layout.pki('apiserver-etcd-client.key')}`] : []),
      `--tls-cert-file=${layout.pki('apiserver.crt')}`, `--tls-private-key-file=${layout.pki('apiserver.key')}`, `--client-ca-file=${layout.pki('ca.crt')}`,
      `--service-account-key-file=${layout.pki('sa.pub')}`, `--service-account-signing-key-file=${layout.pki('sa.key')}`, `--service-account-issuer=https://kubernetes.default.svc.${config.clusterDomain}`,
      `--kubelet-client-certificate=${layout.pki('apiserver-kubelet-client.crt')}`, `--kubelet-client-key=${layout.pki('apiserver-kubelet-client.key')}`, `--kubelet-certificate-authority=${layout.pki('ca.crt')}`, '--kubelet-preferred-address-types=InternalIP,Hostname',
      `--requestheader-client-ca-file=${layout.pki('front-proxy-ca.crt')}`, `--requestheader-allowed-names=${FRONT_PROXY_CLIENT}`, '--requestheader-username-headers=X-Remote-User', '--requestheader-uid-headers=X-Remote-Uid',
      '--requestheader-group-headers=X-Remote-Group', '--requestheader-extra-headers-prefix=X-Remote-Extra-', `--proxy-client-cert-file=${layout.pki(`${FRONT_PROXY_CLIENT}.crt`)}`, `--proxy-client-key-file=${layout.pki(`${FRONT_PROXY_CLIENT}.key`)}`,
      `--service-cluster-ip-range=${config.serviceCidr}`, '--authorization-mode=Node,RBAC', '--enable-admission-plugins=NodeRestriction', '--enable-bootstrap-token-auth=true', '--allow-privileged=true',
      ...(config.replicas > 1 ? endingFlags : []),
      ...(config.tokenAuthFile === undefined ? [] : [`--token-auth-file=${config.tokenAuthFile}`]), `-v=${config.verbosity}`,
    ],
  };
}

function haproxy({ layout, ports, programs }: Context): ProcessSpec {
  return { name: 'haproxy', stage: 1, command: programs.haproxy, args: ['-db', '-f', layout.haproxyConfig], stopMs: 2000, ready: { kind: 'https', port: ports.front, path: '/readyz' } };
}

function scheduler({ config, layout, ports, kubernode }: Context, replica: number): ProcessSpec {
  const port = ports.scheduler(replica);
  return {
    name: `scheduler-${replica}`, stage: componentStage, hasPeers: config.schedulers > 1, command: kubernode[0], stopMs: 5000, ready: { kind: 'http', port, path: '/healthz' },
    args: [...kubernode.slice(1), 'scheduler', `--kubeconfig=${kubeconfigOf(layout, 'scheduler')}`, '--leader-elect=true', '--bind-address=127.0.0.1', `--secure-port=${port}`, `-v=${config.verbosity}`],
  };
}

function controllerManager({ config, layout, ports, kubernode }: Context, replica: number): ProcessSpec {
  const port = ports.controllerManager(replica);
  return {
    name: `controller-manager-${replica}`, stage: componentStage, hasPeers: config.controllerManagers > 1, command: kubernode[0], stopMs: 5000, ready: { kind: 'http', port, path: '/healthz' },
    args: [
      ...withMemoryOf('controller-manager', kubernode.slice(1)), 'controller-manager', `--kubeconfig=${kubeconfigOf(layout, 'controller-manager')}`, '--leader-elect=true', '--bind-address=127.0.0.1', `--secure-port=${port}`, `-v=${config.verbosity}`,
      '--controllers=*,bootstrap-signer-controller,token-cleaner-controller', '--allocate-node-cidrs=true', `--cluster-cidr=${config.clusterCidr}`, `--service-cluster-ip-range=${config.serviceCidr}`, `--local-path-dir=${layout.volumesDir}`, '--state-metrics',
      `--root-ca-file=${layout.pki('ca.crt')}`, `--service-account-private-key-file=${layout.pki('sa.key')}`, `--cluster-signing-cert-file=${layout.pki('ca.crt')}`, `--cluster-signing-key-file=${layout.pki('ca.key')}`,
    ],
  };
}

function containerd({ layout, programs }: Context, place: NodePlace): ProcessSpec {
  const { config, socket } = layout.containerd(place.node);
  return { name: `containerd-${place.node}`, stage: 0, ...inNamespace(place, programs.containerd, ['--config', config]), stopMs: 5000, ready: { kind: 'socket', path: socket } };
}

function nodeAgent({ config, layout, ports, kubernode, nodeNames }: Context, place: NodePlace): ProcessSpec {
  const { node, address, cgroupRoot, namespace } = place;
  const name = nodeNames[node] ?? '';
  const { health, metrics } = ports.kubeProxy(node);
  const healthAddress = namespace === undefined ? '127.0.0.1' : address;
  return {
    name: `node-${node}`, stage: componentStage, stopMs: 10_000, ready: { kind: 'http', host: healthAddress, port: ports.kubeletHealth(node), path: '/healthz' },
    ...inNamespace(place, kubernode[0], [
      ...kubernode.slice(1), 'node', `--kubeconfig=${kubeconfigOf(layout, `node-${name}`)}`, `--hostname-override=${name}`, `--node-ip=${address}`, `--cgroup-root=${cgroupRoot}`,
      `--container-runtime-endpoint=unix://${layout.containerd(node).socket}`, `--root-dir=${layout.kubeletRoot(node)}`, `--local-path-dir=${layout.volumesDir}`, `--pod-logs-dir=${layout.podLogs(node)}`, '--container-logs-dir=',
      `--port=${ports.kubelet(node)}`, `--healthz-port=${ports.kubeletHealth(node)}`, `--healthz-bind-address=${healthAddress}`, `--tls-cert-file=${layout.pki(`kubelet-${name}.crt`)}`, `--tls-private-key-file=${layout.pki(`kubelet-${name}.key`)}`, `--client-ca-file=${layout.pki('ca.crt')}`,
      `--cni-conf-dir=${layout.cniConfDir(node)}`, `--cni-data-dir=${layout.cniData(node)}`, `--cni-bridge=${bridgeName(config, node)}`, `--cluster-cidr=${config.clusterCidr}`,
      `--network-kubeconfig=${kubeconfigOf(layout, 'network')}`, `--vxlan-id=${config.securePort}`,
      `--cluster-dns=${config.clusterDns}`, `--cluster-domain=${config.clusterDomain}`, `-v=${config.verbosity}`,
      ...companionArgs('proxy', { kubeconfig: kubeconfigOf(layout, 'kube-proxy'), 'healthz-port': health, 'metrics-port': metrics }),
      ...companionArgs('network-policy', { kubeconfig: kubeconfigOf(layout, 'network'), 'metrics-port': ports.networkPolicy(node) }),
      ...companionArgs('dns', { kubeconfig: kubeconfigOf(layout, 'dns'), port: ports.dns(node), 'metrics-port': ports.dnsMetrics(node), announce: true }),
    ]),
  };
}

function companionArgs(name: string, flags: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(flags).map(([flag, value]) => `--companion=${name}:${flag}=${value}`);
}

function simulatedNodes({ config, layout, ports, kubernode }: Context): ProcessSpec {
  return {
    name: 'simulated-nodes', stage: componentStage, command: kubernode[0], stopMs: 5000, ready: { kind: 'http', port: ports.simulatedNodes, path: '/healthz' },
    args: [...kubernode.slice(1), 'simulated-nodes', `--kubeconfig=${kubeconfigOf(layout, 'simulated-nodes')}`, `--count=${config.simulatedNodes}`, `--metrics-port=${ports.simulatedNodes}`, `-v=${config.verbosity}`],
  };
}

function backups({ config, layout, ports, kubernode }: Context, everyMs: number): ProcessSpec {
  return {
    name: 'backup', stage: componentStage, isOptional: true, command: kubernode[0], stopMs: 5000, ready: { kind: 'http', port: ports.backup, path: '/healthz' },
    args: [...kubernode.slice(1), 'backup', 'schedule', `--dir=${layout.dir}`, `--every=${everyMs / 1000}s`, `--metrics-port=${ports.backup}`, ...(config.backupKeep === undefined ? [] : [`--keep=${config.backupKeep}`])],
  };
}

/** Linux allows 15 characters; the port keeps bridges of two clusters on one host apart. */
export const bridgeName = (config: ClusterConfig, node: number): string => `kn${config.securePort}-${node}`;

function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}
