import { gunzipSync } from 'node:zlib';
import { ChartError } from './chart-error.ts';

/** What a chart may unpack to in all, and one of its files. */
export const CHART_BYTES_MAX: number = 100 * 1024 * 1024;
export const FILE_BYTES_MAX: number = 5 * 1024 * 1024;
const FILES_MAX = 20_000;
const BLOCK = 512;

export interface TarFile { name: string; data: Buffer }

/** The regular files of a gzipped archive. Links and devices are refused by leaving them out. Throws ChartError. */
export function readTarGz(archive: Buffer): TarFile[] {
  let bytes: Buffer;
  try { bytes = gunzipSync(archive, { maxOutputLength: CHART_BYTES_MAX }); } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new ChartError(`decompressed chart is larger than the maximum file size ${CHART_BYTES_MAX}`); // node's own errors have codes
    throw new ChartError('the archive is no gzip file, or is cut off');
  }
  const files: TarFile[] = [];
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0;) {
    const header = bytes.subarray(at, at + BLOCK);
    const size = octal(header, 124, 12);
    const type = String.fromCharCode(header[156] ?? 0);
    const data = bytes.subarray(at + BLOCK, at + BLOCK + size);
    if (data.length < size) throw new ChartError('the archive is cut off');
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'x') { longName = paxPath(data) ?? longName; continue; }
    if (type === 'L') { longName = text(data, 0, data.length); continue; }
    const name = longName ?? fullName(header);
    longName = undefined;
    if (type !== '0' && type !== '\0') continue;
    if (size > FILE_BYTES_MAX) throw new ChartError(`decompressed chart file ${JSON.stringify(name)} is larger than the maximum file size ${FILE_BYTES_MAX}`);
    files.push({ name, data: Buffer.from(data) });
    if (files.length > FILES_MAX) throw new ChartError(`the archive has more than ${FILES_MAX} files`);
  }
  return files;
}

function text(bytes: Buffer, start: number, length: number): string {
  const part = bytes.subarray(start, start + length);
  const end = part.indexOf(0);
  return part.toString('utf8', 0, end === -1 ? part.length : end);
}

function octal(bytes: Buffer, start: number, length: number): number {
  const digits = text(bytes, start, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw new ChartError('the archive is no tar file');
  return digits === '' ? 0 : parseInt(digits, 8);
}

function fullName(header: Buffer): string {
  const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
  return `${prefix === '' ? '' : `${prefix}/`}${text(header, 0, 100)}`;
}

function paxPath(data: Buffer): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(data.toString('utf8'))?.[1];
}
