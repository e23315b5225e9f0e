// Links between machines that are cut, one way or both, that are slow, or that lose packets.
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Backend } from '../cluster/backend.ts';
import type { ChaosCluster } from '../cluster/chaos-cluster.ts';
import { attempt, must, withSbin } from '../cluster/host-programs.ts';
import { ports } from '../cluster/machine-plan.ts';
import type { Machine } from '../cluster/topology.ts';
import { pick, type Fault, type FaultWorld, type Measure, type Mend } from './fault.ts';
import { etcdLeader, leaderOf } from './leaders.ts';

const LOSS = '0.05';
const DELAY_MS = 100;
/** Under whom delaying proxies run, so that their own connections pass by the rule that leads to them. */
const PROXY_UID = 64_123;
const PROXY_PORT = 22_400;

/** Rules of a machine's own, which are taken back all at once. A machine that was started anew has none. */
class Rules {
  readonly #backend: Backend;
  readonly #undo: (() => Promise<boolean>)[] = [];

  constructor(backend: Backend) { this.#backend = backend; }

  async add(machine: Machine, table: string, chain: string, ...rule: readonly string[]): Promise<void> {
    await must(...this.#iptables(machine, table, '-I', chain, ...rule));
    this.#undo.push(() => attempt(...this.#iptables(machine, table, '-D', chain, ...rule)));
  }

  async undo(): Promise<void> { for (const one of this.#undo.splice(0).reverse()) await one(); }

  #iptables(machine: Machine, table: string, ...rule: readonly string[]): [string, ...string[]] {
    return ['nsenter', `--net=${this.#backend.networkNamespace(machine)}`, 'iptables', '-w', '5', '-t', table, ...rule];
  }
}

type Side = 'both' | 'from' | 'to';

/** Nothing comes `from` one machine to the others, `to` it from the others, or either. */
async function cut(cluster: ChaosCluster, { machine, others, side }: { machine: Machine; others: readonly Machine[]; side: Side }): Promise<Mend> {
  const rules = new Rules(cluster.backend);
  for (const other of others) {
    if (side !== 'from') await rules.add(machine, 'filter', 'INPUT', '-s', other.address, '-j', 'DROP');
    if (side !== 'to') await rules.add(other, 'filter', 'INPUT', '-s', machine.address, '-j', 'DROP');
  }
  return { victim: `${machine.name} (${side})`, mend: () => rules.undo() };
}

function partition({ choose, ...rest }: { name: string; title: string; measure: Measure; holdMs: number; fits: Fault['fits']; choose: (world: FaultWorld) => Promise<{ machine: Machine; others: readonly Machine[]; side: Side }> }): Fault {
  return { ...rest, inject: async (world) => cut(world.cluster, await choose(world)) };
}

/** Every packet in twenty that reaches a server or a member of etcd gets lost. */
async function lose(cluster: ChaosCluster): Promise<Mend> {
  const rules = new Rules(cluster.backend);
  for (const machine of [...cluster.machines('etcd'), ...cluster.machines('apiserver')]) await rules.add(machine, 'filter', 'INPUT', '-i', 'eth0', '-m', 'statistic', '--mode', 'random', '--probability', LOSS, '-j', 'DROP');
  return { victim: 'all of etcd and all API servers', mend: () => rules.undo() };
}

/** An API server reaches etcd by proxies that hold everything back; connections from before are reset, so that they come back that way. */
async function delay(cluster: ChaosCluster, machine: Machine): Promise<Mend> {
  const rules = new Rules(cluster.backend);
  const children: ChildProcess[] = [];
  const others = ['-m', 'owner', '!', '--uid-owner', String(PROXY_UID)];
  for (const [i, { address }] of cluster.machines('etcd').entries()) {
    const to = ['-p', 'tcp', '-d', address, '--dport', String(ports.etcdClient)];
    children.push(await startProxy(cluster.backend.networkNamespace(machine), { listen: PROXY_PORT + i, host: address, port: ports.etcdClient }));
    await rules.add(machine, 'nat', 'OUTPUT', ...to, ...others, '-j', 'REDIRECT', '--to-ports', String(PROXY_PORT + i));
    await rules.add(machine, 'filter', 'OUTPUT', ...to, ...others, '-j', 'REJECT', '--reject-with', 'tcp-reset');
  }
  return { victim: machine.name, async mend() { await rules.undo(); for (const child of children) child.kill('SIGKILL'); } };
}

async function startProxy(namespace: string, { listen, host, port }: { listen: number; host: string; port: number }): Promise<ChildProcess> {
  const script = path.join(import.meta.dirname, 'delaying-proxy.mjs');
  const child = spawn('nsenter', [`--net=${namespace}`, '--', process.execPath, script, String(listen), host, String(port), String(DELAY_MS), String(PROXY_UID)], { stdio: ['ignore', 'pipe', 'inherit'], env: withSbin });
  await new Promise<void>((resolve, reject) => { child.stdout.once('data', () => resolve()); child.once('exit', (code) => reject(new Error(`the proxy ended with ${code}`))); });
  return child;
}

const several = (cluster: ChaosCluster): boolean => cluster.machines('apiserver').length > 1;
const three = (cluster: ChaosCluster): boolean => cluster.machines('etcd').length === 3;

export const networkFaults: readonly Fault[] = [
  ...(['both', 'from', 'to'] as const).flatMap((side): readonly Fault[] => {
    const way = { both: '', from: ', nothing comes from it', to: ', nothing comes to it' }[side];
    return [
      partition({ name: `apiserver-etcd-${side}`, title: `API server cut off from etcd${way}`, measure: 'writers', holdMs: 6000, fits: several, choose: ({ cluster, rng }) => Promise.resolve({ machine: pick(rng, cluster.machines('apiserver')), others: cluster.machines('etcd'), side }) }),
      partition({ name: `apiserver-front-${side}`, title: `API server cut off from the load balancer${way}`, measure: 'writers', holdMs: 6000, fits: several, choose: ({ cluster, rng }) => Promise.resolve({ machine: pick(rng, cluster.machines('apiserver')), others: cluster.machines('load-balancer'), side }) }),
      partition({ name: `etcd-leader-${side}`, title: `etcd leader cut off from its followers${way}`, measure: 'writers', holdMs: 6000, fits: three, async choose({ cluster }) { const machine = await etcdLeader(cluster); return { machine, others: cluster.machines('etcd').filter(({ name }) => name !== machine.name), side }; } }),
    ];
  }),
  ...(['scheduler', 'controller-manager'] as const).map((role) => partition({ name: `${role}-partition`, title: `leading ${role.replace('-', ' ')} cut off`, measure: `kube-${role}`, holdMs: 8000, fits: (cluster) => cluster.machines(role).length > 1 && cluster.machines('node').length > 0, choose: async ({ cluster }) => ({ machine: await leaderOf(cluster, role), others: cluster.machines('load-balancer'), side: 'both' }) })),
  partition({ name: 'node-partition', title: 'node cut off from the API', measure: 'service', holdMs: 5000, fits: (cluster) => cluster.machines('node').length > 1, choose: ({ cluster, rng }) => Promise.resolve({ machine: pick(rng, cluster.machines('node').slice(1)), others: cluster.machines('load-balancer'), side: 'both' }) }),
  { name: 'packet-loss', title: '5 % of packets to etcd and API servers lost', measure: 'writers', holdMs: 8000, fits: () => true, inject: ({ cluster }) => lose(cluster) },
  { name: 'apiserver-etcd-delay', title: `API server ${DELAY_MS} ms away from etcd`, measure: 'writers', holdMs: 6000, fits: several, inject: ({ cluster, rng }) => delay(cluster, pick(rng, cluster.machines('apiserver'))) },
];
