import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { errorMessage, isAbortError } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import { BLOCK_BYTES, tarHeader, tarPadding } from '../images/tar-archive.ts';
import { MANIFEST_PATH, parseManifest, type BackupFile, type BackupManifest } from './backup-manifest.ts';
import { ChunkReader } from './chunk-reader.ts';
import { readTar } from './read-tar.ts';
import { seal, SEAL_MAGIC, unseal } from './seal.ts';

/** A file that goes into an archive: its place there, and where it is read from. */
export interface ArchiveMember extends BackupFile { from: string | Buffer }

export interface ArchiveOptions {
  /** Whoever reads the archive needs it too; plain when undefined. */
  passphrase?: string | undefined;
  signal: AbortSignal;
}

const MANIFEST_BYTES_MAX = 4 * 1024 * 1024;
const SECRET_MODE = 0o600;
/** Snapshots have much that repeats; more effort gains little. */
const GZIP_LEVEL = 1;

/** Writes the archive: a gzipped tar, so that in need `tar` can open it, under a passphrase if there is one. On disk when it returns. */
export async function writeArchive(file: string, { manifest, members }: { manifest: BackupManifest; members: readonly ArchiveMember[] }, { passphrase, signal }: ArchiveOptions): Promise<void> {
  const gzip = createGzip({ level: GZIP_LEVEL });
  const packing = pipeline(Readable.from(tarOf(manifest, members)), gzip, { signal });
  packing.catch(() => undefined); // whoever reads from `gzip` hears of it as well
  const packed = gzip as AsyncIterable<Buffer>; // a stream of bytes gives buffers
  const handle = await open(file, 'wx', SECRET_MODE);
  try {
    for await (const piece of passphrase === undefined ? packed : seal(packed, passphrase)) await handle.writeFile(piece);
    await packing;
    await handle.sync();
  } finally { await handle.close(); }
}

async function* tarOf(manifest: BackupManifest, members: readonly ArchiveMember[]): AsyncGenerator<Buffer> {
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  yield Buffer.concat([tarHeader({ path: MANIFEST_PATH, mode: SECRET_MODE, bytes: text.length }), text, tarPadding(text.length)]);
  for (const { path, mode, bytes, from } of members) {
    yield tarHeader({ path, mode, bytes });
    if (typeof from !== 'string') yield from; else yield* createReadStream(from) as AsyncIterable<Buffer>; // without an encoding it gives buffers
    yield tarPadding(bytes);
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

/** What is done with each file of an archive as it comes by; `body` must be read to its end. */
export type TakeFile = (file: BackupFile, body: AsyncIterable<Buffer>, manifest: BackupManifest) => Promise<void>;

/**
 * Reads an archive once, checks each file against the manifest while it goes by, and resolves when all of them were there. A UserError says
 * what is wrong: cut off, changed, a file that the manifest does not name, a wrong passphrase.
 */
export async function readArchive(file: string, take: TakeFile, options: ArchiveOptions): Promise<BackupManifest> {
  try { return await readFiles(file, take, options); } catch (error) {
    if (isAbortError(error)) throw error;
    const zlibFault = (error as NodeJS.ErrnoException).code?.startsWith('Z_') === true; // undefined for any other error
    if (error instanceof UserError || zlibFault) throw new UserError(`${file}: ${zlibFault ? `the archive is corrupt or cut off (${errorMessage(error)})` : errorMessage(error)}`);
    throw error;
  }
}

/** The manifest alone; what follows it is not read. */
export async function readManifest(file: string, { passphrase, signal }: ArchiveOptions): Promise<BackupManifest> {
  const enough = new Error('read as far as wanted');
  let found: BackupManifest | undefined;
  try {
    await readArchive(file, (_file, _body, manifest) => { found = manifest; return Promise.reject(enough); }, { passphrase, signal });
  } catch (error) { if (error !== enough) throw error; }
  if (found === undefined) throw new UserError(`${file} has no manifest`);
  return found;
}

async function readFiles(file: string, take: TakeFile, { passphrase, signal }: ArchiveOptions): Promise<BackupManifest> {
  const raw = createReadStream(file, { signal });
  const gunzip = createGunzip();
  const unpacking = pipeline(Readable.from(await plainOf(file, raw, passphrase)), gunzip, { signal });
  unpacking.catch(() => undefined); // whoever reads from `gunzip` hears of it as well
  try {
    const files = readTar(new ChunkReader(gunzip));
    const { value: first } = await files.next();
    if (first?.path !== MANIFEST_PATH || first.bytes > MANIFEST_BYTES_MAX) throw new UserError('it is not a backup of kubernode: it does not begin with a manifest');
    const manifest = parseManifest(await textOf(first.body), file);
    const missing = new Map(manifest.files.map((one) => [one.path, one]));
    for await (const { path, bytes, body } of files) {
      const known = missing.get(path);
      if (known === undefined) throw new UserError(`it has a file that its manifest does not name: ${JSON.stringify(path)}`);
      if (known.bytes !== bytes) throw new UserError(`${path} has ${bytes} bytes and should have ${known.bytes}`);
      missing.delete(path);
      await take(known, checked(body, known), manifest);
    }
    if (missing.size > 0) throw new UserError(`it lacks ${[...missing.keys()].join(', ')}`);
    await unpacking;
    return manifest;
  } finally { gunzip.destroy(); raw.destroy(); }
}

async function plainOf(file: string, raw: AsyncIterable<Buffer>, passphrase: string | undefined): Promise<AsyncIterable<Buffer>> {
  const handle = await open(file).catch((error: unknown) => { throw new UserError(`cannot be read: ${errorMessage(error)}`); });
  const { buffer } = await handle.read(Buffer.alloc(SEAL_MAGIC.length)).finally(() => handle.close());
  if (!buffer.equals(SEAL_MAGIC)) return raw;
  if (passphrase === undefined) throw new UserError('it is encrypted; give the passphrase with --passphrase-file');
  return unseal(raw, passphrase);
}

async function* checked(body: AsyncIterable<Buffer>, { path, sha256 }: BackupFile): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const piece of body) { hash.update(piece); yield piece; }
  if (hash.digest('hex') !== sha256) throw new UserError(`${path} is not what was saved: its SHA-256 differs`);
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
