/**
 * Shares reads of etcd's revision among all who wait for one. Whoever asks gets a read that began after the question, so it counts
 * every write that was acknowledged before; at most one read is under way and one more is waiting for it.
 *
 *     asked:   a      b c d            b, c and d share the second read: the first began before they asked
 *     reads:   |--1--|--2--|
 */
export function createSharedRead(read: () => Promise<number>): () => Promise<number> {
  let running: Promise<number> | undefined;
  let waiting: Promise<number> | undefined;

  function start(): Promise<number> {
    const current = read().finally(() => { if (running === current) running = undefined; });
    running = current;
    return current;
  }

  return () => {
    if (running === undefined) return start();
    return waiting ??= running.then(() => undefined, () => undefined).then(() => { waiting = undefined; return start(); });
  };
}
