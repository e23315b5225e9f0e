// Ends, freezes and starts again what runs on machines.
import type { ChaosCluster } from '../cluster/chaos-cluster.ts';
import type { Machine } from '../cluster/topology.ts';
import { pick, type Fault, type FaultWorld, type Measure, type Mend } from './fault.ts';
import { etcdLeader, leaderOf } from './leaders.ts';

type Choose = (world: FaultWorld) => Promise<readonly Machine[]> | readonly Machine[];
type How = 'kill' | 'stop' | 'freeze';

const several = (role: Machine['role']) => (cluster: ChaosCluster): boolean => cluster.machines(role).length > 1;
const three = (cluster: ChaosCluster): boolean => cluster.machines('etcd').length === 3;
const withNodes = (count: number) => (cluster: ChaosCluster): boolean => cluster.machines('node').length >= count;

const one = (role: Machine['role']): Choose => ({ cluster, rng }) => [pick(rng, cluster.machines(role))];
const etcdLed: Choose = async ({ cluster }) => [await etcdLeader(cluster)];
const etcdFollower: Choose = async ({ cluster, rng }) => { const leader = await etcdLeader(cluster); return [pick(rng, cluster.machines('etcd').filter(({ name }) => name !== leader.name))]; };
const majority: Choose = ({ cluster, rng }) => { const spared = pick(rng, cluster.machines('etcd')); return cluster.machines('etcd').filter(({ name }) => name !== spared.name); };
const led = (role: 'scheduler' | 'controller-manager'): Choose => async ({ cluster }) => [await leaderOf(cluster, role)];
/** Not the node by which the service is asked. */
const otherNode: Choose = ({ cluster, rng }) => [pick(rng, cluster.machines('node').slice(1))];

function fault({ how, choose, ...rest }: { name: string; title: string; measure: Measure; holdMs: number; fits: Fault['fits']; how: How; choose: Choose }): Fault {
  return { ...rest, inject: async (world) => hit(world.cluster, how, await choose(world)) };
}

async function hit(cluster: ChaosCluster, how: How, victims: readonly Machine[]): Promise<Mend> {
  const { backend } = cluster;
  await Promise.all(victims.map((machine) => (how === 'kill' ? backend.powerOff(machine) : how === 'stop' ? backend.stop(machine) : backend.freeze(machine))));
  return {
    victim: victims.map(({ name }) => name).join(' and '),
    async mend() {
      if (how !== 'freeze') { await cluster.start(...victims); return; }
      await Promise.all(victims.map((machine) => backend.thaw(machine)));
      await Promise.all(victims.map((machine) => cluster.untilServing(machine)));
    },
  };
}

export const processFaults: readonly Fault[] = [
  fault({ name: 'apiserver-kill', title: 'API server killed', measure: 'writers', holdMs: 2000, fits: several('apiserver'), how: 'kill', choose: one('apiserver') }),
  fault({ name: 'apiserver-stop', title: 'API server stopped cleanly', measure: 'writers', holdMs: 2000, fits: several('apiserver'), how: 'stop', choose: one('apiserver') }),
  fault({ name: 'apiserver-freeze', title: 'API server frozen', measure: 'writers', holdMs: 6000, fits: several('apiserver'), how: 'freeze', choose: one('apiserver') }),
  fault({ name: 'etcd-leader-kill', title: 'etcd leader killed', measure: 'writers', holdMs: 6000, fits: three, how: 'kill', choose: etcdLed }),
  fault({ name: 'etcd-leader-freeze', title: 'etcd leader frozen', measure: 'writers', holdMs: 6000, fits: three, how: 'freeze', choose: etcdLed }),
  fault({ name: 'etcd-follower-kill', title: 'etcd follower killed', measure: 'writers', holdMs: 3000, fits: three, how: 'kill', choose: etcdFollower }),
  fault({ name: 'etcd-quorum-loss', title: 'two of three etcd members killed, back after 4 s', measure: 'writers', holdMs: 4000, fits: three, how: 'kill', choose: majority }),
  ...(['scheduler', 'controller-manager'] as const).flatMap((role) => (['kill', 'stop', 'freeze'] as const).map((how) => fault({
    name: `${role}-${how}`, title: `leading ${role.replace('-', ' ')} ${{ kill: 'killed', stop: 'stopped cleanly', freeze: 'frozen' }[how]}`, measure: `kube-${role}`, holdMs: how === 'freeze' ? 8000 : 3000, how, choose: led(role),
    fits: (cluster) => several(role)(cluster) && (role !== 'scheduler' || withNodes(1)(cluster)),
  }))),
  fault({ name: 'load-balancer-restart', title: 'load balancer killed, back after 0.5 s', measure: 'writers', holdMs: 500, fits: () => true, how: 'kill', choose: one('load-balancer') }),
  fault({ name: 'node-power-off', title: 'node without power', measure: 'service', holdMs: 20_000, fits: withNodes(3), how: 'kill', choose: otherNode }),
  fault({ name: 'node-freeze', title: 'node frozen', measure: 'service', holdMs: 5000, fits: withNodes(3), how: 'freeze', choose: otherNode }),
  {
    name: 'node-agent-kill', title: 'node agent killed, pods run on', measure: 'service', holdMs: 3000, fits: (cluster) => withNodes(1)(cluster) && cluster.backend.kind === 'namespaces',
    async inject({ cluster, rng }) {
      const machine = pick(rng, cluster.machines('node'));
      for (const pid of cluster.backend.pids(machine, 'node')) process.kill(pid, 'SIGKILL');
      return { victim: machine.name, mend: async () => { await cluster.restartProcess(machine, 'node'); } };
    },
  },
];
