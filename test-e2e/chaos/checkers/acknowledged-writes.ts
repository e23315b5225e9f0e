import type { Finding } from './operation.ts';
import type { AcknowledgedWrite, Seen, WatchLog } from './watch-log.ts';

/** What one writer, who is alone with its object and counts its writes, tried and got acknowledged. */
export interface SoleWriter { readonly key: string; readonly lastTried: number; readonly lastAcknowledged: number }

/** The number of a sole writer's write, from its value `NAME:NUMBER`. */
export const writeNumber = (value: string): number => Number(value.slice(value.lastIndexOf(':') + 1));

/** Acknowledged writes that no watcher and no list knows of. Pure. */
export function lostWrites({ writes, logs, listed }: { writes: readonly AcknowledgedWrite[]; logs: readonly WatchLog[]; listed: ReadonlyMap<string, Seen> }): readonly AcknowledgedWrite[] {
  const known = new Set([...listed.values()].map(({ revision }) => revision));
  const begins = Math.min(...logs.map(({ entries }) => entries[0]?.revision ?? Infinity));
  for (const { entries } of logs) for (const entry of entries) if (entry.kind === 'event') known.add(entry.revision); else for (const { revision } of entry.items.values()) known.add(revision);
  return writes.filter(({ revision }) => revision > begins && !known.has(revision));
}

/** Whether what a sole writer's object holds is its last acknowledged write or a later, unanswered one. Pure. */
export function checkSoleWriters(writers: readonly SoleWriter[], listed: ReadonlyMap<string, Seen>): readonly Finding[] {
  return writers.flatMap(({ key, lastTried, lastAcknowledged }) => {
    const seen = listed.get(key);
    if (seen === undefined) return lastAcknowledged > 0 ? [{ checker: 'acknowledged writes', what: `${key} is gone; its write ${lastAcknowledged} was acknowledged` }] : [];
    const held = writeNumber(seen.value);
    return held >= lastAcknowledged && held <= lastTried ? [] : [{ checker: 'acknowledged writes', what: `${key} holds write ${held}; ${lastAcknowledged} was the last acknowledged and ${lastTried} the last tried` }];
  });
}
