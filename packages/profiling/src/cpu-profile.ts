import type { Profiler } from 'node:inspector';
import type { Frame, Profile, ProfileSample } from './encode-profile.ts';
import { frameOf } from './v8-frame.ts';

const NS_PER_US = 1_000;
/** Of V8's own nodes: no time of the processor. */
const NOT_BUSY: ReadonlySet<string> = new Set(['(root)', '(idle)']);

/** V8's profile of processor time as pprof's: samples and nanoseconds for each stack on which the processor was busy. Pure. */
export function cpuProfile({ nodes, samples = [], timeDeltas = [], startTime, endTime }: Profiler.Profile, { startedAtMs, periodNs }: { startedAtMs: number; periodNs: number }): Profile {
  const spent = timeByNode({ samples, timeDeltas, lengthUs: endTime - startTime });
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const frames = new Map<number, Frame>(nodes.map(({ id, callFrame }) => [id, frameOf(callFrame)]));
  const busy = [...spent].flatMap(([id, { count, us }]): ProfileSample[] => {
    const name = frames.get(id)?.name;
    return name === undefined || NOT_BUSY.has(name) ? [] : [{ stack: stackOf(id, { parents, frames }), values: [count, Math.round(us * NS_PER_US)] }];
  });
  const cpu = { type: 'cpu', unit: 'nanoseconds' };
  return { sampleTypes: [{ type: 'samples', unit: 'count' }, cpu], periodType: cpu, period: periodNs, startedAtMs, durationMs: (endTime - startTime) / 1000, samples: busy };
}

/** What a sample shows lasted until the next one. */
function timeByNode({ samples, timeDeltas, lengthUs }: { samples: readonly number[]; timeDeltas: readonly number[]; lengthUs: number }): Map<number, { count: number; us: number }> {
  const spent = new Map<number, { count: number; us: number }>();
  const last = Math.max(0, lengthUs - timeDeltas.reduce((sum, delta) => sum + delta, 0));
  for (const [index, id] of samples.entries()) {
    const entry = spent.get(id) ?? { count: 0, us: 0 };
    entry.count++;
    entry.us += Math.max(0, timeDeltas[index + 1] ?? last); // V8 may tell of samples out of order
    spent.set(id, entry);
  }
  return spent;
}

function stackOf(id: number, { parents, frames }: { parents: ReadonlyMap<number, number>; frames: ReadonlyMap<number, Frame> }): Frame[] {
  const stack: Frame[] = [];
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const frame = frames.get(at);
    if (frame !== undefined && frame.name !== '(root)') stack.push(frame);
  }
  return stack;
}
