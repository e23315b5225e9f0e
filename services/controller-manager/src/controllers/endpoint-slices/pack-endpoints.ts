import { draftOf, idOf, sameState, type Draft, type Endpoint, type Slice, type SliceChanges } from './slice-drafts.ts';

export interface Packing {
  /** The slices that have these ports now. */
  present: readonly Slice[];
  wanted: readonly Endpoint[];
  endpointsMax: number;
  /** The labels a slice must get; undefined where it has them. */
  newLabels(slice: Slice): Record<string, string> | undefined;
  /** A slice without endpoints and name. */
  fresh(): Draft;
}

/** How many endpoints came into slices, and how many went. */
export interface Packed { added: number; removed: number }

/**
 * Packs endpoints into slices with few writes rather than few slices. In this order:
 *   1. each slice keeps what is still wanted of it; one that loses all goes;
 *   2. slices that are written anyway are filled up, fullest first;
 *   3. the rest goes into new slices, unless it fits into one that would not be written else: then into the one it fills best.
 */
export function packEndpoints({ present, wanted, endpointsMax, newLabels, fresh }: Packing): SliceChanges & Packed {
  const { kept, untouched, remove, rest } = keepWhatIsWanted(present, wanted, newLabels);
  const added = rest.length;
  const update = rest.length === 0 ? kept : fillUp(kept, rest, endpointsMax);
  const create: Draft[] = [];
  while (rest.length > 0) {
    const open = rest.length < endpointsMax ? bestFit(untouched, rest.length, endpointsMax) : undefined;
    const base = open === undefined ? fresh() : draftOf(open);
    const filled = { ...base, endpoints: [...base.endpoints, ...rest.splice(0, endpointsMax - base.endpoints.length)] };
    if (open === undefined) create.push(filled);
    else { untouched.splice(untouched.indexOf(open), 1); update.push(filled); }
  }
  const before = present.reduce((sum, { endpoints }) => sum + (endpoints ?? []).length, 0);
  return { create, update, remove, added, removed: before + added - wanted.length };
}

function keepWhatIsWanted(present: readonly Slice[], wanted: readonly Endpoint[], newLabels: Packing['newLabels']): { kept: Draft[]; untouched: Slice[]; remove: Slice[]; rest: Endpoint[] } {
  const left = new Map(wanted.map((endpoint) => [idOf(endpoint), endpoint]));
  const kept: Draft[] = [];
  const untouched: Slice[] = [];
  const remove: Slice[] = [];
  for (const slice of present) {
    const before = slice.endpoints ?? [];
    const now = before.flatMap((one) => { const id = idOf(one); const match = left.get(id); left.delete(id); return match === undefined ? [] : [{ old: one, match }]; });
    const labels = newLabels(slice);
    const same = now.length === before.length && now.every(({ old, match }) => sameState(old, match));
    if (same && labels === undefined) { untouched.push(slice); continue; }
    if (!same && now.length === 0) { remove.push(slice); continue; }
    const draft = draftOf(slice);
    kept.push({ ...draft, metadata: { ...draft.metadata, ...(labels && { labels }) }, endpoints: same ? before : now.map(({ match }) => match) });
  }
  return { kept, untouched, remove, rest: [...left.values()] };
}

/** Takes from `rest` what has room. */
function fillUp(drafts: readonly Draft[], rest: Endpoint[], endpointsMax: number): Draft[] {
  return [...drafts].sort((a, b) => b.endpoints.length - a.endpoints.length)
    .map((draft) => ({ ...draft, endpoints: [...draft.endpoints, ...rest.splice(0, Math.max(0, endpointsMax - draft.endpoints.length))] }));
}

/** The slice that `count` more endpoints leave the least room in; none if that is all its room. */
function bestFit(slices: readonly Slice[], count: number, endpointsMax: number): Slice | undefined {
  let best: Slice | undefined;
  let leastRoom = endpointsMax;
  for (const slice of slices) {
    const room = endpointsMax - count - (slice.endpoints ?? []).length;
    if (room >= 0 && room < leastRoom) { best = slice; leastRoom = room; }
  }
  return best;
}
