import { copyFileSync, existsSync, renameSync, statSync, truncateSync } from 'node:fs';

/** A log is rotated beyond this size, bytes. */
export const logBytesMax: number = 20 * 1024 * 1024;
/** LOG.1 is the newest of the kept ones. */
const KEPT_MAX = 3;

/** Copies a large log aside and empties it; processes go on writing to the same file, which they opened for appending. */
export function rotateLog(file: string): boolean {
  if (!existsSync(file) || statSync(file).size < logBytesMax) return false;
  for (let i = KEPT_MAX - 1; i >= 1; i--) if (existsSync(`${file}.${i}`)) renameSync(`${file}.${i}`, `${file}.${i + 1}`);
  copyFileSync(file, `${file}.1`);
  truncateSync(file, 0);
  return true;
}
