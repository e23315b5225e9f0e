/** What a watcher of one kind has seen, in the order in which it came: lists that it began or began again with, and events. */
export type WatchEntry =
  | { readonly kind: 'list'; readonly revision: number; readonly items: ReadonlyMap<string, Seen> }
  | { readonly kind: 'event'; readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly key: string; readonly revision: number; readonly value: string };

export interface Seen { readonly revision: number; readonly value: string }
export interface WatchLog { readonly watcher: string; readonly entries: readonly WatchEntry[] }

/** An acknowledged write as its writer knows it. */
export interface AcknowledgedWrite { readonly key: string; readonly revision: number; readonly value: string }

/** What a watcher holds after all that it has seen. */
export function reconstruct({ entries }: WatchLog): Map<string, Seen> {
  const held = new Map<string, Seen>();
  for (const entry of entries) {
    if (entry.kind === 'list') { held.clear(); for (const [key, seen] of entry.items) held.set(key, seen); continue; }
    if (entry.type === 'DELETED') held.delete(entry.key); else held.set(entry.key, { revision: entry.revision, value: entry.value });
  }
  return held;
}
