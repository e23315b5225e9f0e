import { readdir } from 'node:fs/promises';
import type { ContainerDetail } from '../cri/cri-runtime.ts';

const LOG_OF_ATTEMPT = /^(\d+)\.log(?:\..*)?$/;

/**
 * The restart count of the next container: one more than the last one's. Where the runtime has lost all of them, as after a reboot, the
 * logs that they left tell, so that no log is written twice.
 */
export async function nextRestartCount(last: ContainerDetail | undefined, logDir: string): Promise<number> {
  if (last !== undefined) return last.attempt + 1;
  const files = await readdir(logDir).catch(() => []); // no container was ever here
  return Math.max(0, ...files.map((file) => Number(LOG_OF_ATTEMPT.exec(file)?.[1] ?? -1) + 1));
}
