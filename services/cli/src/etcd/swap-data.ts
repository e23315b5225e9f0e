import type { Clock } from '@kubernode/base';
import type { Layout } from '../cluster/layout.ts';
import { readSupervisorStatus } from '../cluster/watch-start.ts';
import { holdProcesses, releaseProcesses } from '../supervisor/hold-processes.ts';
import { replaceData, type ReplaceDataInput } from './replace-data.ts';

/** Runs a step and tells of it. */
export type Step = <T>(what: string, task: () => Promise<T>) => Promise<T>;

export interface SwapInput extends Omit<ReplaceDataInput, 'stamp'> {
  /** Whose processes are stopped meanwhile; nobody's when the cluster is down. */
  hold: readonly string[];
  /** `one member with 200 keys at revision 7`. */
  described: string;
  step: Step;
  clock: Clock;
  signal: AbortSignal;
}

/** What API servers and etcd are called by, in the order in which they stop. */
export const HELD: readonly string[] = ['apiserver-', 'etcd-'];

/**
 * Puts other data under a cluster: API servers stop, then etcd; data folders change places; etcd starts, then API servers. Whoever else runs
 * goes on and meets servers with another history. After a crash it can be called again: what is held stays held until it succeeds.
 */
export async function swapData({ hold, described, step, clock, signal, ...data }: SwapInput, beforeMoving: (stamp: string) => void): Promise<void> {
  const { layout } = data;
  const stamp = new Date(clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const names = namesOf(hold, layout);
  for (const held of names) await step(`stopped ${held.join(', ')}`, () => holdProcesses(held, { layout, clock, signal }));
  await step(`etcd: ${described}`, () => Promise.resolve(replaceData({ ...data, stamp }, () => beforeMoving(stamp))));
  for (const held of names.toReversed()) await step(`started ${held.join(', ')}`, () => releaseProcesses(held, { layout, clock, signal }));
}

function namesOf(hold: readonly string[], layout: Layout): string[][] {
  const names = readSupervisorStatus(layout).map(({ name }) => name);
  return hold.map((prefix) => names.filter((name) => name.startsWith(prefix)));
}
