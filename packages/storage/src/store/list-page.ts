import type { Clock } from '@kubernode/base';
import type { SortedSnapshot } from '../cacher/sorted-index.ts';
import type { ListOptions, ListPage, StoredObject } from './object-store.ts';

export interface PageSource {
  revision: number;
  snapshot: SortedSnapshot<StoredObject>;
  /** Keys whose state at `revision` differs from the snapshot's. */
  undone?: ReadonlyMap<string, StoredObject | undefined> | undefined;
}

/** Objects between two looks at the clock. */
const SLICE_COUNT = 512;
/** How long one list may keep the process from everything else. */
const SLICE_MS = 8;
/** Greater than every key. */
const KEY_END = '\uffff';

/** A page of a snapshot. Predicates may have to parse objects, so it gives way to others now and then; the snapshot stays as it is. */
export async function listPage({ revision, snapshot, undone }: PageSource, { keyPrefix, afterKey, limit, matches }: ListOptions, clock: Clock): Promise<ListPage> {
  const from = startKey(keyPrefix, afterKey);
  if (matches === undefined && undone === undefined) return unfilteredPage({ revision, snapshot }, from, endKey(keyPrefix), limit);
  const items: StoredObject[] = [];
  const source = undone === undefined || undone.size === 0 ? snapshot.from(from) : withUndone(snapshot, undone, from);
  let sliceEndMs = matches === undefined ? Infinity : clock.monotonicNow() + SLICE_MS;
  let seen = 0;
  for (const object of source) {
    if (!object.key.startsWith(keyPrefix)) break;
    if (limit > 0 && items.length === limit) return { revision, items, ...continuation(items, matches === undefined && countLeft(snapshot, undone, items, keyPrefix)) };
    if (matches === undefined || matches(object.attributes, object)) items.push(object);
    if (++seen % SLICE_COUNT === 0 && clock.monotonicNow() > sliceEndMs) { await clock.sleep(0); sliceEndMs = clock.monotonicNow() + SLICE_MS; }
  }
  return { revision, items };
}

function unfilteredPage({ revision, snapshot }: PageSource, from: string, to: string, limit: number): ListPage {
  const items = snapshot.slice(from, to, limit);
  const nextKey = items.at(-1)?.key;
  if (limit === 0 || items.length < limit || nextKey === undefined) return { revision, items };
  const remaining = snapshot.count(`${nextKey}\0`, to);
  return remaining === 0 ? { revision, items } : { revision, items, nextKey, remaining };
}

/** The first key that a list looks at. */
export function startKey(keyPrefix: string, afterKey: string | undefined): string {
  return afterKey !== undefined && afterKey >= keyPrefix ? `${afterKey}\0` : keyPrefix;
}

/** The least string that is greater than all that begin with the prefix. */
export function endKey(keyPrefix: string): string {
  return keyPrefix === '' ? KEY_END : keyPrefix.slice(0, -1) + String.fromCharCode(keyPrefix.charCodeAt(keyPrefix.length - 1) + 1);
}

function continuation(items: readonly StoredObject[], remaining: number | false): Pick<ListPage, 'nextKey' | 'remaining'> {
  return { nextKey: items.at(-1)?.key ?? '', ...(remaining !== false && { remaining }) };
}

function countLeft(snapshot: SortedSnapshot<StoredObject>, undone: PageSource['undone'], items: readonly StoredObject[], keyPrefix: string): number {
  const from = `${items.at(-1)?.key}\0`;
  const to = endKey(keyPrefix);
  let left = snapshot.count(from, to);
  for (const [key, before] of undone ?? []) if (key >= from && key < to) left += (before === undefined ? 0 : 1) - snapshot.count(key, `${key}\0`);
  return left;
}

/** The snapshot in order, with the undone keys as they were. */
function* withUndone(snapshot: SortedSnapshot<StoredObject>, undone: ReadonlyMap<string, StoredObject | undefined>, from: string): Generator<StoredObject, void> {
  const before = [...undone.values()].filter((object) => object !== undefined && object.key >= from).sort((a, b) => ((a?.key ?? '') < (b?.key ?? '') ? -1 : 1)) as StoredObject[]; // filtered
  let next = 0;
  for (const object of snapshot.from(from)) {
    for (let candidate = before[next]; candidate !== undefined && candidate.key <= object.key; candidate = before[++next]) yield candidate;
    if (!undone.has(object.key)) yield object;
  }
  yield* before.slice(next);
}
