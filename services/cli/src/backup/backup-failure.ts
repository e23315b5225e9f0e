import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { replaceFileSync } from '@kubernode/component-base';

/** What went wrong since the newest archive of a folder was made. */
export interface BackupFailure { atMs: number; message: string }

const fileOf = (folder: string): string => path.join(folder, 'last-failure.json');

/** Kept beside the archives, so that whoever looks at them sees why there is none newer. */
export function writeFailure(folder: string, failure: BackupFailure): void {
  replaceFileSync(fileOf(folder), JSON.stringify(failure), { mode: 0o600, dirMode: 0o700 });
}

export function clearFailure(folder: string): void { rmSync(fileOf(folder), { force: true }); }

/** Undefined when the last backup succeeded. */
export function readFailure(folder: string): BackupFailure | undefined {
  return existsSync(fileOf(folder)) ? JSON.parse(readFileSync(fileOf(folder), 'utf8')) as BackupFailure : undefined; // written by writeFailure
}
