// What runs on each machine, with the flags of `kubernode up` (services/cli, process-plan.ts) and addresses that others reach.
import path from 'node:path';
import { endingFlags } from '@kubernode/cli';
import { machinesOf, type Machine, type Topology } from './topology.ts';

/** Every machine has Kubernetes' usual ports, as it has an address of its own. */
export const ports = { https: 6443, grpc: 6444, etcdClient: 2379, etcdPeer: 2380, etcdMetrics: 2381, scheduler: 10_259, controllerManager: 10_257, kubeletHealth: 10_248, kubelet: 10_250 } as const;

/** Where everything of one cluster lives; the same path on the host and on every machine. */
export interface Places { readonly dir: string; pki(name: string): string; kubeconfig(user: string): string; machine(machine: Machine, ...parts: readonly string[]): string; log(name: string): string; readonly haproxyConfig: string; readonly auditPolicy: string; readonly images: string; readonly clockOffsets: string }

export function placesBelow(dir: string): Places {
  return {
    dir, pki: (name) => path.join(dir, 'pki', name), kubeconfig: (user) => path.join(dir, 'kubeconfigs', `${user}.kubeconfig`), machine: ({ name }, ...parts) => path.join(dir, 'machines', name, ...parts),
    log: (name) => path.join(dir, 'logs', `${name}.log`), haproxyConfig: path.join(dir, 'haproxy.cfg'), auditPolicy: path.join(dir, 'audit-policy.json'), images: path.join(dir, 'images'), clockOffsets: path.join(dir, 'clock-offsets'),
  };
}

export interface Programs { readonly kubernode: string; readonly etcd: string; readonly haproxy: string; readonly containerd: string; readonly cniBinDir: string; /** Loaded into every process of ours: lets a fault turn its clock. */ readonly turnableClock: string }

export type Readiness = { readonly url: string } | { readonly socket: string };
export interface MachineProcess { readonly name: string; readonly command: string; readonly args: readonly string[]; readonly env?: Readonly<Record<string, string>>; readonly ready: Readiness }

export interface PlanContext { readonly topology: Topology; readonly places: Places; readonly programs: Programs; readonly clusterCidr: string; readonly serviceCidr: string; readonly cgroupRoot: (machine: Machine) => string }

/** After how much silence a node is called dead, so that runs need not wait as long as clusters do. */
export const NODE_GRACE_SECONDS = 8;

/** The processes of a machine in the order in which they start; the last is what the machine is for. Pure. */
export function processesOf(machine: Machine, context: PlanContext): readonly MachineProcess[] {
  switch (machine.role) {
    case 'etcd': return [etcd(machine, context)];
    case 'apiserver': return [apiserver(machine, context)];
    case 'load-balancer': return [{ name: 'haproxy', command: context.programs.haproxy, args: ['-db', '-f', context.places.haproxyConfig], ready: { url: `https://${machine.address}:${ports.https}/readyz` } }];
    case 'scheduler': return [ours(machine, context, 'scheduler', [`--kubeconfig=${context.places.kubeconfig(machine.name)}`, '--leader-elect=true', '--bind-address=0.0.0.0', `--secure-port=${ports.scheduler}`], ports.scheduler)];
    case 'controller-manager': return [controllerManager(machine, context)];
    case 'node': return [containerd(machine, context), nodeAgent(machine, context)];
  }
}

function etcd(machine: Machine, { topology, places, programs }: PlanContext): MachineProcess {
  const { name, address } = machine;
  const members = machinesOf(topology, 'etcd');
  const [cert, key, ca] = [places.pki('etcd.crt'), places.pki('etcd.key'), places.pki('ca.crt')];
  return {
    name: 'etcd', command: programs.etcd, ready: { url: `http://${address}:${ports.etcdMetrics}/metrics` }, // its /health wants a quorum, which comes only with the others
    args: [
      `--name=${name}`, `--data-dir=${places.machine(machine, 'data', 'etcd')}`,
      `--listen-client-urls=https://${address}:${ports.etcdClient}`, `--advertise-client-urls=https://${address}:${ports.etcdClient}`, `--listen-peer-urls=https://${address}:${ports.etcdPeer}`, `--initial-advertise-peer-urls=https://${address}:${ports.etcdPeer}`,
      `--listen-metrics-urls=http://${address}:${ports.etcdMetrics}`, `--initial-cluster=${members.map((one) => `${one.name}=https://${one.address}:${ports.etcdPeer}`).join(',')}`, '--initial-cluster-state=new', '--initial-cluster-token=chaos',
      `--cert-file=${cert}`, `--key-file=${key}`, `--trusted-ca-file=${ca}`, '--client-cert-auth', `--peer-cert-file=${cert}`, `--peer-key-file=${key}`, `--peer-trusted-ca-file=${ca}`, '--peer-client-cert-auth',
      '--quota-backend-bytes=8589934592', '--snapshot-count=10000', '--pre-vote', '--logger=zap', '--log-level=warn', '--max-request-bytes=3145728',
    ],
  };
}

function ours(machine: Machine, { places, programs }: PlanContext, command: string, args: readonly string[], port: number, scheme: 'http' | 'https' = 'http'): MachineProcess {
  return {
    name: command, command: programs.kubernode, args: [command, ...args],
    env: { NODE_OPTIONS: `--import=${programs.turnableClock}`, CLOCK_OFFSET_FILE: path.join(places.clockOffsets, machine.name) },
    ready: { url: `${scheme}://${machine.address}:${port}${scheme === 'https' ? '/readyz' : '/healthz'}` },
  };
}

function apiserver(machine: Machine, context: PlanContext): MachineProcess {
  const { topology, places, serviceCidr } = context;
  const front = machinesOf(topology, 'load-balancer')[0]?.address ?? '';
  return ours(machine, context, 'apiserver', [
    `--bind-address=${machine.address}`, `--secure-port=${ports.https}`, `--grpc-port=${ports.grpc}`, `--advertise-address=${front}`, `--advertise-port=${ports.https}`,
    `--etcd-servers=${machinesOf(topology, 'etcd').map(({ address }) => `https://${address}:${ports.etcdClient}`).join(',')}`,
    `--etcd-cafile=${places.pki('ca.crt')}`, `--etcd-certfile=${places.pki('apiserver-etcd-client.crt')}`, `--etcd-keyfile=${places.pki('apiserver-etcd-client.key')}`,
    `--tls-cert-file=${places.pki(`${machine.name}.crt`)}`, `--tls-private-key-file=${places.pki(`${machine.name}.key`)}`, `--client-ca-file=${places.pki('ca.crt')}`,
    `--service-account-key-file=${places.pki('sa.pub')}`, `--service-account-signing-key-file=${places.pki('sa.key')}`, '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--kubelet-client-certificate=${places.pki('apiserver-kubelet-client.crt')}`, `--kubelet-client-key=${places.pki('apiserver-kubelet-client.key')}`, `--kubelet-certificate-authority=${places.pki('ca.crt')}`, '--kubelet-preferred-address-types=InternalIP,Hostname',
    `--service-cluster-ip-range=${serviceCidr}`, '--authorization-mode=Node,RBAC', '--enable-admission-plugins=NodeRestriction', '--allow-privileged=true',
    `--audit-policy-file=${places.auditPolicy}`, `--audit-log-path=${places.machine(machine, 'audit.log')}`, ...endingFlags,
  ], ports.https, 'https');
}

function controllerManager(machine: Machine, context: PlanContext): MachineProcess {
  const { places, clusterCidr, serviceCidr } = context;
  return ours(machine, context, 'controller-manager', [
    `--kubeconfig=${places.kubeconfig(machine.name)}`, '--leader-elect=true', '--bind-address=0.0.0.0', `--secure-port=${ports.controllerManager}`, '--allocate-node-cidrs=true', `--cluster-cidr=${clusterCidr}`, `--service-cluster-ip-range=${serviceCidr}`,
    `--root-ca-file=${places.pki('ca.crt')}`, `--service-account-private-key-file=${places.pki('sa.key')}`, `--node-monitor-grace-period=${NODE_GRACE_SECONDS}s`, '--node-monitor-period=1s',
  ], ports.controllerManager);
}

function containerd(machine: Machine, { places, programs }: PlanContext): MachineProcess {
  return { name: 'containerd', command: programs.containerd, args: ['--config', places.machine(machine, 'containerd.toml')], ready: { socket: places.machine(machine, 'containerd.sock') } };
}

function nodeAgent(machine: Machine, context: PlanContext): MachineProcess {
  const { places, clusterCidr, cgroupRoot } = context;
  return ours(machine, context, 'node', [
    `--kubeconfig=${places.kubeconfig(machine.name)}`, `--hostname-override=${machine.name}`, `--node-ip=${machine.address}`, `--cgroup-root=${cgroupRoot(machine)}`,
    `--container-runtime-endpoint=unix://${places.machine(machine, 'containerd.sock')}`, `--root-dir=${places.machine(machine, 'kubelet')}`, `--pod-logs-dir=${places.machine(machine, 'pod-logs')}`, '--container-logs-dir=',
    `--port=${ports.kubelet}`, `--healthz-port=${ports.kubeletHealth}`, '--healthz-bind-address=0.0.0.0', `--tls-cert-file=${places.pki(`kubelet-${machine.name}.crt`)}`, `--tls-private-key-file=${places.pki(`kubelet-${machine.name}.key`)}`, `--client-ca-file=${places.pki('ca.crt')}`,
    `--cni-conf-dir=${places.machine(machine, 'cni')}`, `--cni-data-dir=${places.machine(machine, 'cni-data')}`, '--cni-bridge=pods0', `--cluster-cidr=${clusterCidr}`, `--network-kubeconfig=${places.kubeconfig('network')}`,
    `--node-lease-duration-seconds=${NODE_GRACE_SECONDS}`, '--cluster-dns=10.96.0.10', '--cluster-domain=cluster.local', `--companion=proxy:kubeconfig=${places.kubeconfig('kube-proxy')}`,
  ], ports.kubeletHealth);
}
