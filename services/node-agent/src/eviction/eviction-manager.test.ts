import { silentLogger } from '@kubernode/component-base';
import { createFakeClock, type FakeClock } from '@kubernode/testing';
import type { Pod } from '../pod/pod-facts.ts';
import { EvictionManager, withContainerFs } from './eviction-manager.ts';
import type { DiskLayout, Observation, PodUse, Signal } from './signals.ts';
import { parseThresholds, type Threshold } from './thresholds.ts';

const GIB = 2 ** 30;
const settings = { hard: {}, soft: {}, softGracePeriod: {}, minimumReclaim: {}, enforcePods: false };
const signal = new AbortController().signal;
let clock: FakeClock;
let seen: string[];
let observations: Map<Signal, Observation>;
let onReclaim: () => void;
beforeEach(() => { clock = createFakeClock(); seen = []; observations = new Map(); onReclaim = () => undefined; });

const pod = (name: string, extra: Partial<Pod['spec'] & object> = {}): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, uid: name }, spec: { containers: [{ name: 'c' }], ...extra } });
const used = (uid: string, bytes: number): PodUse => ({ uid, memoryBytes: bytes, processes: 0, containers: [{ name: 'c', memoryBytes: bytes, rootfs: { bytes, inodes: 0 }, logs: { bytes: 0, inodes: 0 } }], volumes: new Map([['v', { bytes, inodes: 0 }]]) });

function manager({ pods, uses = [], thresholds, layout = { dedicatedImageFs: false, splitContainerFs: false } }: { pods: Pod[]; uses?: PodUse[]; thresholds: readonly Threshold[]; layout?: DiskLayout }): EvictionManager {
  return new EvictionManager({
    source: { observe: () => Promise.resolve({ observations: new Map(observations), layout }), podUse: () => Promise.resolve(new Map(uses.map((one) => [one.uid, one]))) },
    activePods: () => pods, thresholds, transitionMs: 300_000, maxPodGraceSeconds: 60, onPressure: () => { seen.push('pressure'); }, clock, logger: silentLogger,
    evict: ({ metadata: { name } }, { reason, conditions }, { graceSeconds }) => { seen.push(`evict ${name} ${reason} ${graceSeconds}s${conditions === undefined ? '' : ` ${conditions[0]?.type ?? ''}`}`); return Promise.resolve(); },
    events: { node: (reason, message) => { seen.push(`${reason} ${message}`); }, pod: ({ metadata: { name } }, reason) => { seen.push(`event ${name} ${reason}`); } },
    reclaim: { containers: () => { seen.push('containers'); return Promise.resolve(); }, images: () => { seen.push('images'); onReclaim(); return Promise.resolve(); } },
    metrics: { evicted: (name) => { seen.push(`count ${name}`); }, preempted: () => undefined, decidedOn: () => undefined },
  });
}
const hard = (signals: Record<string, string>): readonly Threshold[] => parseThresholds({ ...settings, hard: signals });

test('EvictionManager: one pod at a time, at once, past critical ones', async () => {
  observations.set('memory.available', { available: 1, capacity: GIB });
  const one = manager({ pods: [pod('critical', { priority: 2_000_000_000 }), pod('big'), pod('small')], uses: [used('critical', 99), used('big', 9), used('small', 1)], thresholds: hard({ 'memory.available': '100Mi' }) });
  expect([await one.look(signal), one.conditions]).toEqual([true, ['MemoryPressure']]);
  expect(seen).toEqual(['pressure', 'EvictionThresholdMet Attempting to reclaim memory', 'event big Evicted', 'count memory.available', 'evict big Evicted 1s DisruptionTarget']);
});

test('EvictionManager: a soft threshold leaves pods their grace, up to the most', async () => {
  observations.set('memory.available', { available: 1, capacity: GIB });
  const one = manager({ pods: [pod('p', { terminationGracePeriodSeconds: 600 })], thresholds: parseThresholds({ ...settings, soft: { 'memory.available': '100Mi' }, softGracePeriod: { 'memory.available': '30s' } }) });
  expect(await one.look(signal)).toBe(false);
  await clock.advance(30_000);
  expect([await one.look(signal), seen.at(-1)]).toEqual([true, 'evict p Evicted 60s DisruptionTarget']);
});

test('EvictionManager: frees what no pod needs first, and spares pods when that was enough', async () => {
  observations.set('nodefs.available', { available: 1, capacity: GIB });
  const one = manager({ pods: [pod('p')], uses: [used('p', 1)], thresholds: hard({ 'nodefs.available': '10%' }) });
  onReclaim = () => { observations.set('nodefs.available', { available: GIB, capacity: GIB }); };
  expect([await one.look(signal), seen.slice(1)]).toEqual([false, ['EvictionThresholdMet Attempting to reclaim ephemeral-storage', 'containers', 'images']]);
  observations.set('nodefs.available', { available: 1, capacity: GIB });
  onReclaim = () => undefined;
  expect([await one.look(signal), seen.at(-1)]).toEqual([true, 'evict p Evicted 1s DisruptionTarget']);
});

test('EvictionManager: pods beyond their own limits go without any pressure', async () => {
  const one = manager({ pods: [pod('p', { volumes: [{ name: 'v', emptyDir: { sizeLimit: '1' } }] })], uses: [used('p', 2)], thresholds: [] });
  expect([await one.look(signal), seen]).toEqual([true, ['event p Evicted', 'count emptydirfs.limit', 'evict p Evicted 1s']]);
});

test.each<[DiskLayout, Record<string, string>]>([
  [{ dedicatedImageFs: false, splitContainerFs: false }, { 'containerfs.available': '1' }], [{ dedicatedImageFs: true, splitContainerFs: false }, { 'containerfs.available': '2' }], [{ dedicatedImageFs: true, splitContainerFs: true }, { 'containerfs.available': '1' }],
])('withContainerFs: layers are watched by the thresholds of their disk: %j', (layout, want) => {
  const all = withContainerFs(hard({ 'nodefs.available': '1', 'imagefs.available': '2' }), { layout });
  expect(Object.fromEntries(all.filter(({ signal: name }) => name.startsWith('containerfs')).map(({ signal: name, value }) => [name, 'quantity' in value ? String(value.quantity.nanos / 1_000_000_000n) : '']))).toEqual(want);
});
