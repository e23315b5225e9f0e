// Faults of a machine's disk, clock and certificates.
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run, sleep } from '../../framework/run.ts';
import type { ChaosCluster } from '../cluster/chaos-cluster.ts';
import { replaceServingCertificate } from '../cluster/cluster-certificates.ts';
import type { Machine } from '../cluster/topology.ts';
import { pick, type Fault, type Measure, type Mend } from './fault.ts';
import { etcdLeader, leaderOf } from './leaders.ts';

/** Of a slow disk: etcd stands still for the first part of each period, as in a write that does not come back. ms */
const SLOW = { standsMs: 150, runsMs: 50 };
const HOUR_MS = 3_600_000;

/** etcd-0's disk has no room left; members that notice end, so it is started again afterwards. */
async function fillDisk(cluster: ChaosCluster): Promise<Mend> {
  const machine = cluster.machine('etcd-0');
  const file = path.join(cluster.places.machine(machine, 'data'), 'filler');
  await run('dd', ['if=/dev/zero', `of=${file}`, 'bs=1M'], {}); // until there is no room
  return {
    victim: machine.name,
    async mend() {
      rmSync(file, { force: true });
      await cluster.backend.powerOff(machine);
      await cluster.start(machine);
    },
  };
}

async function slowDisk(cluster: ChaosCluster): Promise<Mend> {
  const machine = await etcdLeader(cluster);
  let over = false;
  const hesitating = (async () => {
    while (!over) {
      await cluster.backend.freeze(machine);
      await sleep(SLOW.standsMs);
      await cluster.backend.thaw(machine);
      await sleep(SLOW.runsMs);
    }
  })();
  return { victim: machine.name, async mend() { over = true; await hesitating; } };
}

function setClock(cluster: ChaosCluster, machine: Machine, offsetMs: number): Mend {
  const file = path.join(cluster.places.clockOffsets, machine.name);
  writeFileSync(file, String(offsetMs));
  return { victim: `${machine.name} (${offsetMs / 60_000} min)`, mend: () => { rmSync(file, { force: true }); return Promise.resolve(); } };
}

function clockFault({ role, measure }: { role: 'apiserver' | 'scheduler' | 'controller-manager'; measure: Measure }): Fault {
  return {
    name: `${role}-clock`, title: `${role === 'apiserver' ? 'API server' : `leading ${role.replace('-', ' ')}`}'s clock off by an hour`, measure, holdMs: 5000, fits: (cluster) => cluster.machines(role).length > 1 && (role !== 'scheduler' || cluster.machines('node').length > 0),
    inject: async ({ cluster, rng }) => setClock(cluster, role === 'apiserver' ? pick(rng, cluster.machines(role)) : await leaderOf(cluster, role), rng.next() < 0.5 ? HOUR_MS : -HOUR_MS),
  };
}

export const hostFaults: readonly Fault[] = [
  { name: 'etcd-disk-full', title: "disk of an etcd member full", measure: 'writers', holdMs: 5000, fits: (cluster) => cluster.machines('etcd').length === 3, inject: ({ cluster }) => fillDisk(cluster) },
  { name: 'etcd-disk-slow', title: `etcd leader stands still for ${SLOW.standsMs} of every ${SLOW.standsMs + SLOW.runsMs} ms`, measure: 'writers', holdMs: 5000, fits: () => true, inject: ({ cluster }) => slowDisk(cluster) },
  clockFault({ role: 'apiserver', measure: 'writers' }), clockFault({ role: 'scheduler', measure: 'kube-scheduler' }), clockFault({ role: 'controller-manager', measure: 'kube-controller-manager' }),
  {
    name: 'apiserver-certificate', title: "API server's certificate expired, another after 5 s", measure: 'writers', holdMs: 5000, fits: (cluster) => cluster.machines('apiserver').length > 1,
    async inject({ cluster, rng }) {
      const machine = pick(rng, cluster.machines('apiserver'));
      await replaceServingCertificate(cluster.places, cluster.topology, machine, -1);
      return { victim: machine.name, mend: () => replaceServingCertificate(cluster.places, cluster.topology, machine) };
    },
  },
];
