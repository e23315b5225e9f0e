import type { coreV1 } from '@kubernode/api';
import { draftOf, type Draft, type Endpoint, type Slice, type SliceChanges } from './slice-drafts.ts';
import type { ZoneShares } from './zone-shares.ts';

/** How much more traffic than its share of CPUs a zone's endpoints may get. */
const OVERLOAD = 0.2;

/** How many endpoints serve each zone. */
export type ZoneCounts = ReadonlyMap<string, number>;

/** What a zone must and may have of a Service's endpoints. */
interface Allocation { minimum: number; maximum: number; desired: number }

export type HintsOutcome =
  | { enabled: true; changes: SliceChanges; counts: ZoneCounts }
  /** Why zones cannot each have their share. */
  | { enabled: false; why: string };

const LABEL_WORDS: ReadonlySet<string> = new Set(['Auto', 'auto']);

/** Whether a Service asks for hints by its zones' shares. The older annotation wins. */
export function wantsTopologyHints({ metadata: { annotations } }: Readonly<coreV1.Service>): boolean {
  return LABEL_WORDS.has(annotations?.['service.kubernetes.io/topology-aware-hints'] ?? annotations?.['service.kubernetes.io/topology-mode'] ?? '');
}

/**
 * Hints so that each zone's traffic goes to as many endpoints as its share of CPUs says: an endpoint serves its own zone, unless that
 * has too many and another too few. Slices that no one else changes are rewritten only where their hints no longer fit.
 */
export function withTopologyHints({ create, update, remove }: SliceChanges, unchanged: readonly Slice[], shares: ZoneShares): HintsOutcome {
  const ready = [...create, ...update, ...unchanged].reduce((sum, { endpoints }) => sum + (endpoints ?? []).filter(isReady).length, 0);
  const allocations = allocate(ready, shares);
  if (typeof allocations === 'string') return { enabled: false, why: allocations };
  const { counts, unfit } = countsOfFitting(unchanged, allocations);
  const updates = [...update, ...unfit.map(draftOf)];
  const open = [...create, ...updates].flatMap(({ endpoints }) => endpoints.filter(isReady));
  if (open.some(({ zone = '' }) => zone === '')) return { enabled: false, why: 'One or more endpoints do not have a zone specified' };
  for (const { zone = '' } of open) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  const moves = new Moves(allocations, counts);
  const hint = (draft: Draft): Draft => ({ ...draft, endpoints: draft.endpoints.map((endpoint) => (isReady(endpoint) ? { ...endpoint, hints: { forZones: [{ name: moves.zoneFor(endpoint.zone ?? '') }] } } : endpoint)) });
  const changes = { create: create.map(hint), update: updates.map(hint), remove };
  if (counts.size === 0) return { enabled: false, why: 'No hints allocated for zones' };
  return { enabled: true, changes, counts };
}

/** Whether some zone has fewer endpoints than it needs. */
export function isOverloaded(counts: ZoneCounts, shares: ZoneShares): boolean {
  if (counts.size === 0) return false;
  if (shares === undefined) return true;
  const total = [...counts.values()].reduce((sum, one) => sum + one, 0);
  return [...shares].some(([zone, share]) => !counts.has(zone) || (counts.get(zone) ?? 0) < minimumOf(total * share));
}

function minimumOf(desired: number): number { return Math.ceil(desired * (1 / (1 + OVERLOAD))); }

function allocate(endpoints: number, shares: ZoneShares): ReadonlyMap<string, Allocation> | string {
  if (shares === undefined) return 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes';
  if (shares.size > endpoints) return `Insufficient number of endpoints (${endpoints} endpoints, ${shares.size} zones)`;
  const minimums = [...shares].map(([zone, share]) => ({ zone, desired: share * endpoints, minimum: minimumOf(share * endpoints) }));
  const spare = endpoints - minimums.reduce((sum, { minimum }) => sum + minimum, 0);
  if (spare < 0) return `Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (${endpoints} endpoints, ${shares.size} zones)`;
  return new Map(minimums.map(({ zone, desired, minimum }) => [zone, { minimum, maximum: minimum + spare, desired: Math.max(desired, minimum) }]));
}

/** Slices whose hints may stay, as counts by zone; the others. */
function countsOfFitting(unchanged: readonly Slice[], allocations: ReadonlyMap<string, Allocation>): { counts: Map<string, number>; unfit: Slice[] } {
  const counts = new Map<string, number>();
  const unfit = unchanged.filter((slice) => {
    const own = hintedZones(slice, allocations);
    if (own === undefined || [...own].some(([zone, count]) => count + (counts.get(zone) ?? 0) > (allocations.get(zone)?.maximum ?? 0))) return true;
    for (const [zone, count] of own) counts.set(zone, (counts.get(zone) ?? 0) + count);
    return false;
  });
  return { counts, unfit };
}

/** How many hints for each zone; undefined where a ready endpoint has none, or one for a zone that is no more. */
function hintedZones({ endpoints }: Slice, allocations: ReadonlyMap<string, Allocation>): Map<string, number> | undefined {
  const counts = new Map<string, number>();
  for (const endpoint of (endpoints ?? []).filter(isReady)) {
    const zones = endpoint.hints?.forZones ?? [];
    if (zones.length === 0 || zones.some(({ name }) => !allocations.has(name))) return undefined;
    for (const { name } of zones) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Which zones give endpoints away, and to whom. Keeps `counts` up to date. */
class Moves {
  readonly #giving = new Map<string, number>();
  readonly #receiving = new Map<string, number>();
  readonly #counts: Map<string, number>;

  constructor(allocations: ReadonlyMap<string, Allocation>, counts: Map<string, number>) {
    this.#counts = counts;
    const excess = new Map<string, number>();
    const need = new Map<string, number>();
    for (const [zone, { desired }] of allocations) {
      const more = (counts.get(zone) ?? 0) - desired;
      if (more > 0) excess.set(zone, more);
      else if (more < 0) need.set(zone, -more);
    }
    this.#match(excess, need);
  }

  /** The zone that the next endpoint of `zone` serves. */
  zoneFor(zone: string): string {
    const [receiver] = this.#receiving.keys();
    if (receiver === undefined || !this.#giving.has(zone)) return zone;
    add(this.#giving, zone, -1);
    add(this.#receiving, receiver, -1);
    this.#counts.set(zone, (this.#counts.get(zone) ?? 0) - 1);
    this.#counts.set(receiver, (this.#counts.get(receiver) ?? 0) + 1);
    return receiver;
  }

  /** The fullest zone gives to the neediest while that brings at least one of them a whole endpoint nearer, and neither past the other side. */
  #match(excess: Map<string, number>, need: Map<string, number>): void {
    for (;;) {
      const [giver, receiver] = [most(excess), most(need)];
      if (giver === undefined || receiver === undefined || (giver.count < 1 && receiver.count < 1) || giver.count < 0.5 || receiver.count < 0.5) return;
      add(this.#giving, giver.zone, 1);
      add(this.#receiving, receiver.zone, 1);
      excess.set(giver.zone, giver.count - 1);
      need.set(receiver.zone, receiver.count - 1);
    }
  }
}

function most(zones: ReadonlyMap<string, number>): { zone: string; count: number } | undefined {
  let best: { zone: string; count: number } | undefined;
  for (const [zone, count] of zones) if (count > (best?.count ?? 0)) best = { zone, count };
  return best;
}

/** Zones at zero are left out. */
function add(counts: Map<string, number>, zone: string, more: number): void {
  const now = (counts.get(zone) ?? 0) + more;
  if (now === 0) counts.delete(zone);
  else counts.set(zone, now);
}

function isReady({ conditions }: Endpoint): boolean { return conditions?.ready === true; }
