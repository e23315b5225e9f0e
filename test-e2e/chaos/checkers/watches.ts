import type { Finding } from './operation.ts';
import { reconstruct, type AcknowledgedWrite, type Seen, type WatchEntry, type WatchLog } from './watch-log.ts';

/** Findings of one kind that are told; more of them are counted. */
const TOLD_MAX = 5;

/**
 * Whether watchers saw everything once and in order: revisions only grow, no acknowledged write is missing between two that were seen, all watchers agree
 * on what happened at a revision, and what each holds in the end is what a list says. Pure.
 */
export function checkWatches({ logs, writes, listed }: { logs: readonly WatchLog[]; writes: readonly AcknowledgedWrite[]; listed: ReadonlyMap<string, Seen> }): readonly Finding[] {
  const findings = [...logs.flatMap(order), ...logs.flatMap((log) => missing(log, writes)), ...disagreements(logs), ...logs.flatMap((log) => differences(log, listed))];
  const told = findings.slice(0, TOLD_MAX).map((what) => ({ checker: 'watches', what }));
  return findings.length > TOLD_MAX ? [...told, { checker: 'watches', what: `and ${findings.length - TOLD_MAX} more like these` }] : told;
}

function order({ watcher, entries }: WatchLog): string[] {
  const findings: string[] = [];
  const types = new Map<string, boolean>(); // whether an object was there
  let last = 0;
  for (const entry of entries) {
    if (entry.kind === 'list') {
      if (entry.revision < last) findings.push(`${watcher} was given a list of revision ${entry.revision} after ${last}`);
      types.clear();
      for (const key of entry.items.keys()) types.set(key, true);
    } else {
      if (entry.revision <= last) findings.push(`${watcher} saw revision ${entry.revision} (${entry.type} ${entry.key}) after ${last}`);
      if ((types.get(entry.key) ?? false) !== (entry.type !== 'ADDED')) findings.push(`${watcher} saw ${entry.type} of ${entry.key} at ${entry.revision}, which ${types.get(entry.key) === true ? 'was there' : 'was not there'}`);
      types.set(entry.key, entry.type !== 'DELETED');
    }
    last = Math.max(last, entry.revision);
  }
  return findings;
}

function missing({ watcher, entries }: WatchLog, writes: readonly AcknowledgedWrite[]): string[] {
  const events = new Map(entries.flatMap((entry) => (entry.kind === 'event' ? [[entry.revision, entry] as const] : [])));
  const [first, last] = [entries[0]?.revision ?? Infinity, entries.at(-1)?.revision ?? 0];
  const jumps = jumpsOf(entries);
  return writes.filter(({ revision }) => revision > first && revision <= last && !jumps.some(([from, to]) => revision > from && revision <= to)).flatMap(({ key, revision, value }) => {
    const seen = events.get(revision);
    if (seen === undefined) return [`${watcher} never saw the acknowledged write ${value} of ${key} at ${revision}`];
    return seen.key === key && seen.value === value ? [] : [`${watcher} saw ${seen.value} of ${seen.key} at ${revision}, where ${value} of ${key} was acknowledged`];
  });
}

/** Ranges of revisions that a watcher need not have seen, as it listed again. */
function jumpsOf(entries: readonly WatchEntry[]): readonly (readonly [number, number])[] {
  return entries.flatMap((entry, i) => (entry.kind === 'list' && i > 0 ? [[entries[i - 1]?.revision ?? 0, entry.revision] as const] : []));
}

function disagreements(logs: readonly WatchLog[]): string[] {
  const first = new Map<number, { watcher: string; text: string }>();
  return logs.flatMap(({ watcher, entries }) => entries.flatMap((entry) => {
    if (entry.kind === 'list') return [];
    const text = `${entry.type} of ${entry.key} with ${entry.value}`;
    const other = first.get(entry.revision);
    if (other === undefined) first.set(entry.revision, { watcher, text });
    return other === undefined || other.text === text ? [] : [`at ${entry.revision} ${other.watcher} saw ${other.text}, ${watcher} ${text}`];
  }));
}

function differences(log: WatchLog, listed: ReadonlyMap<string, Seen>): string[] {
  const held = reconstruct(log);
  const keys = new Set([...held.keys(), ...listed.keys()]);
  return [...keys].flatMap((key) => {
    const [ours, theirs] = [held.get(key), listed.get(key)];
    if (ours?.revision === theirs?.revision && ours?.value === theirs?.value) return [];
    const show = (seen: Seen | undefined): string => (seen === undefined ? 'nothing' : `${seen.value} at ${seen.revision}`);
    return [`${log.watcher} holds ${show(ours)} of ${key}, a list says ${show(theirs)}`];
  });
}
