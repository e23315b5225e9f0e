import { UserError } from '@kubernode/component-base';
import { BLOCK_BYTES, tarPadding } from '../images/tar-archive.ts';
import type { ChunkReader } from './chunk-reader.ts';

export interface TarFile {
  path: string;
  bytes: number;
  /** To be read to its end before the next file is asked for. */
  body: AsyncIterable<Buffer>;
}

const PIECE_BYTES = 1024 * 1024;
const FILE_TYPES: readonly string[] = ['0', '\0'];

/** The files of a ustar archive, one after the other. UserError for one that is cut off or has anything but files. */
export async function* readTar(reader: ChunkReader): AsyncGenerator<TarFile> {
  for (;;) {
    const header = await reader.upTo(BLOCK_BYTES);
    if (header.length < BLOCK_BYTES) throw cutOff();
    if (header.every((byte) => byte === 0)) { await reader.drain(); return; }
    const { path, bytes } = parseHeader(header);
    yield { path, bytes, body: bodyOf(reader, bytes) };
    const padding = tarPadding(bytes).length;
    if ((await reader.upTo(padding)).length < padding) throw cutOff();
  }
}

async function* bodyOf(reader: ChunkReader, bytes: number): AsyncGenerator<Buffer> {
  for (let left = bytes; left > 0;) {
    const piece = await reader.some(Math.min(left, PIECE_BYTES));
    if (piece.length === 0) throw cutOff();
    left -= piece.length;
    yield piece;
  }
}

function parseHeader(header: Buffer): { path: string; bytes: number } {
  const text = (offset: number, width: number): string => header.toString('utf8', offset, offset + width).replace(/\0.*$/s, '');
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (Number.parseInt(text(148, 8), 8) !== sum) throw new UserError('the archive is corrupt: a header has a wrong checksum');
  if (!FILE_TYPES.includes(header.toString('latin1', 156, 157))) throw new UserError(`the archive has something that is no file: ${JSON.stringify(text(0, 100))}`);
  const size = text(124, 12).trim();
  if (!/^[0-7]+$/.test(size)) throw new UserError('the archive is corrupt: a file has no size');
  return { path: text(0, 100), bytes: Number.parseInt(size, 8) };
}

function cutOff(): UserError { return new UserError('the archive is cut off'); }
