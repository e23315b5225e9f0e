import type { HeapProfiler } from 'node:inspector';
import type { Frame, Profile, ProfileSample } from './encode-profile.ts';
import { frameOf } from './v8-frame.ts';

/** What V8's sampling of allocations found to be alive, as pprof's: bytes for each stack that allocated them. Pure. */
export function heapProfile({ head }: Pick<HeapProfiler.SamplingHeapProfile, 'head'>, { startedAtMs, periodBytes }: { startedAtMs: number; periodBytes: number }): Profile {
  const space = { type: 'inuse_space', unit: 'bytes' };
  return { sampleTypes: [space], periodType: { type: 'space', unit: 'bytes' }, period: periodBytes, startedAtMs, durationMs: 0, samples: [...samplesBelow(head)] };
}

/** Without recursion: stacks of V8 may be deeper than what is left of ours. */
function* samplesBelow(head: HeapProfiler.SamplingHeapProfileNode): Generator<ProfileSample> {
  const waiting: { node: HeapProfiler.SamplingHeapProfileNode; stack: readonly Frame[] }[] = [{ node: head, stack: [] }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const frame = frameOf(next.node.callFrame);
    const stack = frame.name === '(root)' ? next.stack : [frame, ...next.stack];
    if (next.node.selfSize > 0) yield { stack, values: [Math.round(next.node.selfSize)] };
    for (const node of next.node.children) waiting.push({ node, stack });
  }
}
