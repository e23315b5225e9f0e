import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Clock, errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { CriRuntime } from '../cri/cri-runtime.ts';

export interface RotateDeps { runtime: Pick<CriRuntime, 'listContainers' | 'containerStatus' | 'reopenLog'>; clock: Clock; logger: Logger; maxBytes: number; maxFiles: number }

const CHECK_EVERY_MS = 10_000;

/** Keeps the logs of running containers small: a full file is set aside by date, older ones are compressed, the oldest go. */
export async function rotateLogs(deps: RotateDeps, signal: AbortSignal): Promise<void> {
  const paths = new Map<string, string>(); // container → its log
  while (!signal.aborted) {
    await deps.clock.sleep(CHECK_EVERY_MS, { signal }).catch(() => undefined); // aborted: the loop ends
    if (signal.aborted) return;
    try { await rotateAll(deps, paths); } catch (error) { deps.logger.warn('cannot rotate logs', { error: errorMessage(error) }); }
  }
}

async function rotateAll({ runtime, clock, maxBytes, maxFiles }: RotateDeps, paths: Map<string, string>): Promise<void> {
  const running = (await runtime.listContainers({})).filter(({ phase }) => phase === 'running');
  const ids = new Set(running.map(({ id }) => id));
  for (const id of paths.keys()) if (!ids.has(id)) paths.delete(id);
  for (const { id } of running) {
    const log = paths.get(id) ?? (await runtime.containerStatus(id)).logPath;
    paths.set(id, log);
    if (log === '' || ((await stat(log).catch(() => undefined))?.size ?? 0) < maxBytes) continue; // not written yet counts as empty
    await rotateOne(log, { nowMs: clock.now(), maxFiles, reopen: () => runtime.reopenLog(id) });
  }
}

export interface RotateOne { nowMs: number; maxFiles: number; reopen: () => Promise<void> }

/** Sets one log aside. The newest rotated file stays plain, since the runtime may write to it until it has reopened. */
export async function rotateOne(log: string, { nowMs, maxFiles, reopen }: RotateOne): Promise<void> {
  const dir = path.dirname(log);
  const prefix = `${path.basename(log)}.`;
  const rotated = (await readdir(dir)).filter((name) => name.startsWith(prefix)).sort();
  for (const name of rotated.splice(0, Math.max(0, rotated.length - (maxFiles - 2)))) await rm(path.join(dir, name), { force: true });
  for (const name of rotated) if (!name.endsWith('.gz')) await compress(path.join(dir, name));
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  const aside = `${log}.${stamp}`;
  await rename(log, aside);
  try { await reopen(); } catch (error) {
    await rename(aside, log); // the runtime still writes to it
    throw error;
  }
}

async function compress(file: string): Promise<void> {
  const temporary = `${file}.tmp`;
  await pipeline(createReadStream(file), createGzip(), createWriteStream(temporary));
  await rename(temporary, `${file}.gz`);
  await rm(file, { force: true });
}
