import { readdirSync } from 'node:fs';
import { afterArrivals, type WaitOptions } from '@kubernode/base';
import { OpenPath } from './open-path.ts';

export interface TreeEntry {
  file: OpenPath;
  /** The directory it was found in, and its name there; undefined for the root. */
  at: { dir: OpenPath; name: string } | undefined;
}

export interface WalkOptions extends WaitOptions {
  /** Called for each entry, directories after what is in them. */
  visit: (entry: TreeEntry) => void;
  /** Told of an entry that could not be opened; it is gone, usually. */
  onFault?: (error: unknown) => void;
  /** Told of a directory that lies too deep to be entered; it is left out. */
  onTooDeep?: (entry: TreeEntry) => void;
}

/** Entries between two turns of the event loop. */
const SLICE = 256;
/** Each level holds a descriptor. */
const DEPTH_MAX = 512;

/**
 * Visits a tree that others may be changing. Every step goes from an open directory to one name in it and never through a link, so what is
 * visited was inside the tree; other file systems mounted in it are left alone.
 */
export async function walkTree(root: string, options: WalkOptions): Promise<void> {
  using top = OpenPath.open(root);
  const walk = { ...options, device: top.stats.dev, count: 0 };
  await walkEntry({ file: top, at: undefined }, walk, 0);
}

interface Walk extends WalkOptions { device: number; count: number }

async function walkEntry(entry: TreeEntry, walk: Walk, depth: number): Promise<void> {
  if (++walk.count % SLICE === 0) await new Promise<void>((resolve) => { afterArrivals(resolve); });
  walk.signal?.throwIfAborted();
  const { file } = entry;
  if (file.stats.isDirectory()) {
    if (file.stats.dev !== walk.device) return;
    if (depth > DEPTH_MAX) { walk.onTooDeep?.(entry); return; }
    for (const name of namesIn(file, walk)) {
      const child = openChild(file, name, walk);
      if (child === undefined) continue;
      using _held = child;
      await walkEntry({ file: child, at: { dir: file, name } }, walk, depth + 1);
    }
  }
  walk.visit(entry);
}

function namesIn(dir: OpenPath, { onFault }: Walk): string[] {
  try { return readdirSync(dir.path); } catch (error) { onFault?.(error); return []; }
}

function openChild(dir: OpenPath, name: string, { onFault }: Walk): OpenPath | undefined {
  try { return dir.child(name); } catch (error) { onFault?.(error); return undefined; }
}
