import { assessPressure, crossedThresholds, NO_PRESSURE, type PressureState } from './assess-pressure.ts';
import type { Observation, Signal } from './signals.ts';
import { parseThresholds, type Threshold } from './thresholds.ts';

const MIB = 2 ** 20;
const settings = { hard: {}, soft: {}, softGracePeriod: {}, minimumReclaim: {}, enforcePods: false };
const hard = (signals: Record<string, string>, minimumReclaim: Record<string, string> = {}): readonly Threshold[] => parseThresholds({ ...settings, hard: signals, minimumReclaim });
const soft = (signal: string, value: string, grace: string): readonly Threshold[] => parseThresholds({ ...settings, soft: { [signal]: value }, softGracePeriod: { [signal]: grace } });
const observed = (signal: Signal, available: number, capacity = 1000 * MIB): { observations: Map<Signal, Observation> } => ({ observations: new Map([[signal, { available, capacity }]]) });
const signalsOf = (thresholds: readonly Threshold[]): string[] => thresholds.map(({ signal }) => signal);

test.each([
  ['a quantity, crossed', { 'memory.available': '100Mi' }, 99 * MIB, true], ['a quantity, just kept', { 'memory.available': '100Mi' }, 100 * MIB, false],
  ['a share, crossed', { 'memory.available': '10%' }, 99 * MIB, true], ['a share, kept', { 'memory.available': '10%' }, 101 * MIB, false],
])('crossedThresholds: %s', (_what, signals, available, want) => {
  expect(crossedThresholds(hard(signals), observed('memory.available', available).observations).length === 1).toBe(want);
});

test('crossedThresholds: a signal that could not be read crosses nothing', () => { expect(crossedThresholds(hard({ 'memory.available': '1Gi' }), new Map())).toEqual([]); });

function run(thresholds: readonly Threshold[], steps: readonly [atMs: number, available: number][], transitionMs = 0): PressureState[] {
  const states: PressureState[] = [];
  for (const [nowMs, available] of steps) states.push(assessPressure({ thresholds, snapshot: observed('memory.available', available), before: states.at(-1) ?? NO_PRESSURE, transitionMs, nowMs }));
  return states;
}

test('assessPressure: a hard threshold acts at once', () => {
  const [state] = run(hard({ 'memory.available': '100Mi' }), [[5, 1]]);
  expect([signalsOf(state?.met ?? []), state?.conditions]).toEqual([['memory.available'], ['MemoryPressure']]);
});

test('assessPressure: a soft threshold acts after its grace, which a break starts anew; the condition shows before', () => {
  const states = run(soft('memory.available', '100Mi', '1m'), [[0, 1], [59_000, 1], [60_000, 1], [61_000, 200 * MIB], [62_000, 1]]);
  expect(states.map(({ met }) => met.length)).toEqual([0, 0, 1, 0, 0]);
  expect(states.map(({ conditions }) => conditions)).toEqual([['MemoryPressure'], ['MemoryPressure'], ['MemoryPressure'], [], ['MemoryPressure']]);
});

test('assessPressure: the condition stays for the transition period after the last sign', () => {
  const states = run(hard({ 'memory.available': '100Mi' }), [[0, 1], [1000, 500 * MIB], [4999, 500 * MIB], [5000, 500 * MIB]], 5000);
  expect(states.map(({ conditions }) => conditions.length)).toEqual([1, 1, 1, 0]);
});

test('assessPressure: what was crossed holds until the minimum reclaim is free too', () => {
  const states = run(hard({ 'memory.available': '100Mi' }, { 'memory.available': '50Mi' }), [[0, 99 * MIB], [1, 140 * MIB], [2, 150 * MIB], [3, 140 * MIB]]);
  expect(states.map(({ met }) => met.length)).toEqual([1, 1, 0, 0]);
});

test('assessPressure: memory is acted on first', () => {
  const observations = new Map<Signal, Observation>([['nodefs.available', { available: 1, capacity: 100 }], ['memory.available', { available: 1, capacity: 100 }]]);
  expect(signalsOf(assessPressure({ thresholds: hard({ 'nodefs.available': '10', 'memory.available': '10' }), snapshot: { observations }, before: NO_PRESSURE, transitionMs: 0, nowMs: 0 }).met)).toEqual(['memory.available', 'nodefs.available']);
});
