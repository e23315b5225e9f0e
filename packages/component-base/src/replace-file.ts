import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Modes of a file, and of folders above it that are not there yet. */
export interface FileModes { mode: number; dirMode?: number }

/**
 * Writes a file whole or not at all, so that neither a reader nor a crash ever sees half of it. It is written beside (`FILE.new`) and renamed,
 * never moved in from another folder, which those who watch the folder may not notice. One writer a file at a time. What a crash, or somebody
 * else, left under that name is removed first: its mode, or a link in its place, must not decide who reads the new file.
 */
export async function replaceFile(file: string, text: string | Uint8Array, { mode, dirMode = 0o777 }: FileModes): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: dirMode });
  await rm(beside(file), { force: true });
  await writeFile(beside(file), text, { mode, flag: 'wx' });
  await rename(beside(file), file);
}

/** As `replaceFile`, for commands that have nothing else to do meanwhile. */
export function replaceFileSync(file: string, text: string, { mode, dirMode = 0o777 }: FileModes): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: dirMode });
  rmSync(beside(file), { force: true });
  writeFileSync(beside(file), text, { mode, flag: 'wx' });
  renameSync(beside(file), file);
}

const beside = (file: string): string => `${file}.new`;
