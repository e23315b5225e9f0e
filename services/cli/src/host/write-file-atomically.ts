import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Writes beside and renames, so that a reader or a crash never sees half a file. */
export function writeFileAtomically(file: string, text: string, mode: number): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const beside = `${file}.new`;
  writeFileSync(beside, text, { mode });
  renameSync(beside, file);
}
