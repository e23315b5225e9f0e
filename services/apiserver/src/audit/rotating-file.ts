import { closeSync, createReadStream, createWriteStream, fchmodSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, extname, join, basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { errorMessage, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { LineWriter } from './log-sink.ts';

export interface RotatingFileOptions {
  path: string;
  /** 0: the file grows without end. */
  maxBytes: number;
  /** 0: old files are kept whatever their number or age. */
  maxBackups: number;
  maxAgeDays: number;
  compress: boolean;
  clock: Pick<Clock, 'now'>;
  logger: Logger;
}

const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
const DAY_MS = 86_400_000;
const BACKUP_TIME = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)\.(\d{3})$/;
const COMPRESSED = '.gz';

/**
 * A log file that is put aside when it would grow too large: NAME-TIME.EXT beside it, TIME in UTC, as lumberjack names them, so that
 * tools that collect kube-apiserver's find these too. Writing is synchronous; compressing and removing old files are not.
 */
export class RotatingFile implements LineWriter {
  readonly #options: RotatingFileOptions;
  #file: number;
  #bytes: number;
  #tidying: Promise<void> = Promise.resolve();

  private constructor(options: RotatingFileOptions, file: number) {
    this.#options = options;
    this.#file = file;
    this.#bytes = fstatSync(file).size;
  }

  /** Opens the file, making its directory; throws what the system says. */
  static open(options: RotatingFileOptions): RotatingFile {
    mkdirSync(dirname(options.path), { recursive: true, mode: DIRECTORY_MODE });
    return new RotatingFile(options, openSync(options.path, 'a', FILE_MODE));
  }

  write(lines: string): void {
    const bytes = Buffer.from(lines);
    const { maxBytes } = this.#options;
    if (maxBytes > 0 && bytes.length > maxBytes) throw new Error(`write length ${bytes.length} exceeds maximum file size ${maxBytes}`);
    if (maxBytes > 0 && this.#bytes + bytes.length > maxBytes) this.#rotate();
    for (let written = 0; written < bytes.length;) written += writeSync(this.#file, bytes, written);
    this.#bytes += bytes.length;
  }

  /** Settles when old files are compressed and removed. */
  tidied(): Promise<void> { return this.#tidying; }

  close(): void { closeSync(this.#file); }

  #rotate(): void {
    const { path, clock, logger } = this.#options;
    const mode = fstatSync(this.#file).mode & 0o777;
    closeSync(this.#file);
    renameSync(path, backupName(path, clock.now()));
    this.#file = openSync(path, 'a', mode);
    fchmodSync(this.#file, mode);
    this.#bytes = 0;
    this.#tidying = this.#tidying.then(() => tidy(this.#options)).catch((error: unknown) => { logger.warn('old audit logs were not tidied up', { path, error: errorMessage(error) }); });
  }
}

function backupName(path: string, now: number): string {
  const extension = extname(path);
  const time = new Date(now).toISOString().slice(0, 23).replaceAll(':', '-');
  return join(dirname(path), `${basename(path, extension)}-${time}${extension}`);
}

export interface Backup { name: string; takenAt: number }

/** Removes what is too many or too old, compresses the rest. */
async function tidy({ path, maxBackups, maxAgeDays, compress, clock }: RotatingFileOptions): Promise<void> {
  const directory = dirname(path);
  const all = backupsAmong(readdirSync(directory), path);
  const keep = backupsToKeep(all, { maxBackups, oldest: maxAgeDays > 0 ? clock.now() - maxAgeDays * DAY_MS : 0 });
  for (const { name } of all) {
    const file = join(directory, name);
    if (!keep.has(name)) rmSync(file, { force: true });
    else if (compress && !name.endsWith(COMPRESSED)) await compressFile(file);
  }
}

/** The files that are backups of this log, the newest first. */
export function backupsAmong(names: readonly string[], path: string): Backup[] {
  const extension = extname(path);
  const prefix = `${basename(path, extension)}-`;
  return names.flatMap((name) => {
    const bare = name.endsWith(COMPRESSED) ? name.slice(0, -COMPRESSED.length) : name;
    if (!bare.startsWith(prefix) || !bare.endsWith(extension)) return [];
    const [, day, hour, minute, second, ms] = BACKUP_TIME.exec(bare.slice(prefix.length, bare.length - extension.length)) ?? [];
    return day === undefined ? [] : [{ name, takenAt: Date.parse(`${day}T${hour}:${minute}:${second}.${ms}Z`) }];
  }).sort((a, b) => b.takenAt - a.takenAt);
}

export function backupsToKeep(newestFirst: readonly Backup[], { maxBackups, oldest }: { maxBackups: number; oldest: number }): ReadonlySet<string> {
  const kept = maxBackups > 0 ? newestFirst.slice(0, maxBackups) : newestFirst;
  return new Set(kept.filter(({ takenAt }) => takenAt >= oldest).map(({ name }) => name));
}

async function compressFile(file: string): Promise<void> {
  await pipeline(createReadStream(file), createGzip(), createWriteStream(`${file}${COMPRESSED}`, { mode: FILE_MODE }));
  rmSync(file);
}
