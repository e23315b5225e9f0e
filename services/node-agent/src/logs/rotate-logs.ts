import { constants } from 'node:fs';
import { lstat, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Clock, errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { CriRuntime } from '../cri/cri-runtime.ts';

export interface RotateDeps { runtime: Pick<CriRuntime, 'listContainers' | 'containerStatus' | 'reopenLog'>; clock: Clock; logger: Logger; /** Negative: logs grow without end. */ maxBytes: number; maxFiles: number }

const CHECK_EVERY_MS = 10_000;
const COMPRESSED = '.gz';
const UNFINISHED = '.tmp';

/** Keeps the logs of running containers small: a full file is set aside by date, older ones are compressed, the oldest go. */
export async function rotateLogs(deps: RotateDeps, signal: AbortSignal): Promise<void> {
  const paths = new Map<string, string>(); // container → its log
  while (!signal.aborted) {
    await deps.clock.sleep(CHECK_EVERY_MS, { signal }).catch(() => undefined); // aborted: the loop ends
    if (signal.aborted) return;
    try { if (deps.maxBytes >= 0) await rotateAll(deps, paths, signal); } catch (error) { deps.logger.warn('cannot list containers whose logs may be full', { error: errorMessage(error) }); }
  }
}

async function rotateAll(deps: RotateDeps, paths: Map<string, string>, signal: AbortSignal): Promise<void> {
  const running = (await deps.runtime.listContainers({})).filter(({ phase }) => phase === 'running');
  const ids = new Set(running.map(({ id }) => id));
  for (const id of paths.keys()) if (!ids.has(id)) paths.delete(id);
  for (const { id } of running) {
    if (signal.aborted) return;
    try { await rotateIfFull(deps, { id, paths, signal }); } catch (error) { if (!signal.aborted) deps.logger.warn('cannot rotate a log', { container: id, error: errorMessage(error) }); } // the others have theirs
  }
}

async function rotateIfFull({ runtime, clock, maxBytes, maxFiles }: RotateDeps, { id, paths, signal }: { id: string; paths: Map<string, string>; signal: AbortSignal }): Promise<void> {
  const log = paths.get(id) ?? (await runtime.containerStatus(id)).logPath;
  paths.set(id, log);
  if (log === '') return;
  const size = await sizeOf(log);
  if (size === undefined) { await runtime.reopenLog(id); return; } // somebody removed it: what is written would be lost
  if (size >= maxBytes) await rotateOne(log, { nowMs: clock.now(), maxFiles, reopen: () => runtime.reopenLog(id), signal });
}

async function sizeOf(file: string): Promise<number | undefined> {
  try { return (await stat(file)).size; } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

export interface RotateOne { nowMs: number; maxFiles: number; reopen: () => Promise<void>; signal?: AbortSignal }

/** Sets one log aside. The newest rotated file stays plain, since the runtime may write to it until it has reopened. */
export async function rotateOne(log: string, { nowMs, maxFiles, reopen, signal }: RotateOne): Promise<void> {
  const dir = path.dirname(log);
  const prefix = `${path.basename(log)}.`;
  const { kept, removed } = sortRotated((await readdir(dir)).filter((name) => name.startsWith(prefix)), maxFiles);
  for (const name of removed) await rm(path.join(dir, name), { force: true });
  for (const name of kept) if (!name.endsWith(COMPRESSED)) await compress(path.join(dir, name), signal);
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  const aside = `${log}.${stamp}`;
  await rename(log, aside);
  try { await reopen(); } catch (error) {
    await rename(aside, log); // the runtime still writes to it
    throw error;
  }
}

/** Which files from earlier rotations stay, beside the full one and the new one; what an interrupted rotation left goes. Pure. */
export function sortRotated(names: readonly string[], maxFiles: number): { kept: readonly string[]; removed: readonly string[] } {
  const isUsed = (name: string): boolean => name.endsWith(COMPRESSED) || (!name.endsWith(UNFINISHED) && !names.includes(`${name}${COMPRESSED}`));
  const used = names.filter(isUsed).sort();
  const excess = used.splice(0, Math.max(0, used.length - Math.max(0, maxFiles - 2)));
  return { kept: used, removed: [...names.filter((name) => !isUsed(name)), ...excess] };
}

/** Ends early on abort, so that a log of gigabytes keeps no agent from stopping. Never through a link: who can write to the folder would have a file of the host compressed beside it. */
async function compress(file: string, signal: AbortSignal | undefined): Promise<void> {
  if (!(await lstat(file)).isFile()) { await rm(file, { recursive: true, force: true }); return; }
  const unfinished = `${file}${UNFINISHED}`;
  const source = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  const target = await open(unfinished, 'wx', (await source.stat()).mode & 0o777);
  try {
    await pipeline(source.createReadStream(), createGzip(), target.createWriteStream(), { ...(signal && { signal }) });
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await rename(unfinished, `${file}${COMPRESSED}`);
  await rm(file, { force: true });
}
