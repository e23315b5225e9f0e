import { afterArrivals } from '@kubernode/base';

/**
 * Shares reads of etcd's revision among all who wait for one. Whoever asks gets a read that began after the question, so it counts
 * every write that was acknowledged before. One read is under way at most, and one begins when everything was handled that had arrived:
 * all requests of a moment share it.
 *
 *     asked:   a b     c d e            a and b share the first read; c, d and e the second: the first began before they asked
 *     reads:      |--1--|  |--2--|
 */
export function createSharedRead(read: () => Promise<number>): () => Promise<number> {
  let running: Promise<unknown> | undefined;
  /** Has not begun: whoever asks now is in time for it. */
  let next: Promise<number> | undefined;

  async function begin(): Promise<number> {
    await running;
    await new Promise<void>((resolve) => { afterArrivals(resolve); });
    next = undefined;
    const current = read();
    running = current.then(() => undefined, () => undefined);
    return current;
  }

  return () => next ??= begin();
}
