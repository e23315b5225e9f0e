import type { Rng } from '@kubernode/base';
import { between, oneOf, weighted } from '../chance.ts';
import { ETCD } from '../world/etcd-link.ts';
import { USUAL_LATENCY_MS } from '../world/network.ts';
import type { World } from '../world/world.ts';
import type { Fault } from './fault.ts';

const nothing = (): void => undefined;
const anyComponent = (world: World, rng: Rng): World['components'][number] => oneOf(rng, world.components);
const anyServer = (world: World, rng: Rng): World['servers'][number] => oneOf(rng, world.servers);
const skewed = (rng: Rng): number => (rng.next() - 0.5) * 240_000;

/** Everything that can go wrong; each is a line that says what. */
export const faults: readonly Fault[] = [
  { name: 'server killed', weight: 2, lastsMs: 30_000, begin: (world, rng) => { const server = anyServer(world, rng); server.kill(); return { of: server.name, end: () => server.start() }; } },
  { name: 'component killed', weight: 4, lastsMs: 60_000, begin: (world, rng) => { const one = anyComponent(world, rng); one.kill(); return { of: one.name, end: () => { one.start(); } }; } },
  { name: 'component stopped', weight: 2, lastsMs: 30_000, begin: (world, rng) => { const one = anyComponent(world, rng); one.stop(); return { of: one.name, end: () => { one.start(); } }; } },
  {
    name: 'component frozen', weight: 4, lastsMs: 90_000,
    begin: (world, rng) => { const one = anyComponent(world, rng); const { process } = one; process?.freeze(); return process && { of: one.name, end: () => { process.thaw(); } }; },
  },
  {
    name: 'component killed at a write', weight: 4, lastsMs: 60_000,
    begin: (world, rng) => { const one = anyComponent(world, rng); world.ambush(one, { writes: between(rng, 1, 12), fate: 'kill' }); return { of: one.name, end: () => { world.ambush(one, undefined); one.start(); } }; },
  },
  {
    name: 'component frozen before a write', weight: 4, lastsMs: 90_000,
    begin: (world, rng) => { const one = anyComponent(world, rng); const { process } = one; world.ambush(one, { writes: between(rng, 1, 8), fate: 'freeze' }); return { of: one.name, end: () => { world.ambush(one, undefined); process?.thaw(); } }; },
  },
  {
    name: 'component cut off from a server', weight: 3, lastsMs: 60_000,
    begin: (world, rng) => { const [one, server] = [anyComponent(world, rng), anyServer(world, rng)]; world.network.cut(one.name, server.name); return { of: `${one.name}, ${server.name}`, end: () => { world.network.heal(one.name, server.name); } }; },
  },
  {
    name: 'component cut off', weight: 3, lastsMs: 60_000,
    begin: (world, rng) => { const one = anyComponent(world, rng); for (const { name } of world.servers) world.network.cut(one.name, name); return { of: one.name, end: () => { for (const { name } of world.servers) world.network.heal(one.name, name); } }; },
  },
  {
    name: 'server cut off from etcd', weight: 3, lastsMs: 45_000,
    begin: (world, rng) => { const { name } = anyServer(world, rng); world.network.cut(name, ETCD); return { of: name, end: () => { world.network.heal(name, ETCD); } }; },
  },
  { name: 'streams reset', weight: 4, lastsMs: 0, begin: (world, rng) => { const [one, server] = [anyComponent(world, rng), anyServer(world, rng)]; world.network.reset(one.name, server.name); return { of: `${one.name}, ${server.name}`, end: nothing }; } },
  { name: "etcd's watches broken", weight: 2, lastsMs: 0, begin: (world) => { world.etcd.disconnectWatches(); return { of: ETCD, end: nothing }; } },
  { name: "etcd's watches silent", weight: 2, lastsMs: 10_000, begin: (world) => { world.etcd.pauseWatches(); return { of: ETCD, end: () => { world.etcd.resumeWatches(); } }; } },
  { name: 'etcd compacted', weight: 2, lastsMs: 0, begin: (world) => { void world.etcd.compact({ revision: world.etcd.revision }).catch(nothing); return { of: ETCD, end: nothing }; } },
  { name: 'etcd full', weight: 2, lastsMs: 60_000, begin: (world) => { world.etcd.fill(); return { of: ETCD, end: () => { world.etcd.makeRoom(); } }; } },
  { name: "etcd's disk slow", weight: 2, lastsMs: 60_000, begin: (world, rng) => { world.disk.slowestMs = 50 * 80 ** rng.next(); return { of: ETCD, end: () => { world.disk.slowestMs = 0; } }; } }, // up to four seconds
  { name: 'slow network', weight: 2, lastsMs: 60_000, begin: (world, rng) => { world.network.latencyMs = 20 + rng.next() * 400; return { of: 'all', end: () => { world.network.latencyMs = USUAL_LATENCY_MS; } }; } },
  { name: 'lossy network', weight: 2, lastsMs: 60_000, begin: (world, rng) => { world.network.lossChance = 0.02 + rng.next() * 0.1; return { of: 'all', end: () => { world.network.lossChance = 0; } }; } },
  { name: 'clock wrong', weight: 2, lastsMs: 120_000, begin: (world, rng) => { const { process } = anyComponent(world, rng); if (process !== undefined) process.skewMs = skewed(rng); return process && { of: process.name, end: () => { process.skewMs = 0; } }; } },
  { name: 'clock at a wrong speed', weight: 2, lastsMs: 120_000, begin: (world, rng) => { const process = oneOf(rng, [...world.components, ...world.servers]).process; process?.goAt(0.5 + rng.next()); return process && { of: process.name, end: () => { process.goAt(1); } }; } },
];


export function chosenFault(rng: Rng): Fault { return weighted(rng, faults); }
