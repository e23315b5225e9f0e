import { statSync } from 'node:fs';
import type { Clock } from '@kubernode/base';

const POLL_MS = 500;

/** Gives a wait that resolves whenever the file is no longer what it was at the last one, or when this was called; it is replaced, not written to. */
export function fileChanges(file: string, clock: Pick<Clock, 'sleep'>): (signal: AbortSignal) => Promise<void> {
  let seen = identityOf(file);
  return async (signal) => {
    for (;;) {
      const now = identityOf(file);
      if (now !== seen) { seen = now; return; }
      await clock.sleep(POLL_MS, { signal });
    }
  };
}

/** Undefined while it is not there. */
function identityOf(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.ino} ${found.mtimeMs}`;
}
