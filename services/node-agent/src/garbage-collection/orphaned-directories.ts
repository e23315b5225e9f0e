import { readdir, readlink, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { removeTree } from '../volumes/files/remove-tree.ts';

export interface DirectoryDeps {
  rootDir: string;
  podLogsDir: string;
  /** Links to logs by container; '' for none. */
  containerLogsDir: string;
  /** Whether anything of the pod may still be needed. */
  isKnown: (podUid: string) => boolean;
  /** Lets go of what is mounted below a pod's folder, and removes it. */
  unmountAll: (podUid: string) => Promise<void>;
  logger: Logger;
}

/** Removes what lies on disk of pods that nobody knows: their files, their logs, and links to logs that are gone. */
export async function removeOrphanedDirectories(deps: DirectoryDeps): Promise<void> {
  await removeLogs(deps);
  await removeDeadLinks(deps);
  const pods = path.join(deps.rootDir, 'pods');
  for (const uid of await list(pods)) {
    if (deps.isKnown(uid)) continue;
    try {
      await deps.unmountAll(uid);
      await removeTree(path.join(pods, uid));
    } catch (error) { deps.logger.warn('cannot remove the folder of an orphaned pod', { uid, error: errorMessage(error) }); } // tried again with the next round
  }
}

async function removeLogs({ podLogsDir, isKnown, logger }: DirectoryDeps): Promise<void> {
  for (const name of await list(podLogsDir)) {
    const uid = podOfLogs(name);
    if (uid === undefined || isKnown(uid)) continue;
    await rm(path.join(podLogsDir, name), { recursive: true, force: true }).catch((error: unknown) => { logger.warn('cannot remove the logs of an orphaned pod', { name, error: errorMessage(error) }); });
  }
}

/** `NAMESPACE_NAME_UID`; undefined for what is no pod's. */
function podOfLogs(name: string): string | undefined {
  const parts = name.split('_');
  return parts.length === 3 ? parts[2] : undefined;
}

async function removeDeadLinks({ containerLogsDir }: DirectoryDeps): Promise<void> {
  if (containerLogsDir === '') return;
  for (const name of await list(containerLogsDir)) {
    const link = path.join(containerLogsDir, name);
    if (!name.endsWith('.log') || await readlink(link).catch(() => undefined) === undefined) continue; // no link
    if (await stat(link).catch(() => undefined) === undefined) await rm(link, { force: true });
  }
}

async function list(dir: string): Promise<readonly string[]> { return readdir(dir).catch(() => []); } // nothing was ever put there
