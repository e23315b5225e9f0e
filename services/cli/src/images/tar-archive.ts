export const BLOCK_BYTES = 512;
/** Eleven octal digits. */
export const FILE_BYTES_MAX: number = 8 ** 11 - 1;

/** A file, a folder (`path` ends with '/'), or a symbolic link. All belong to root; times are 1970, so that archives are reproducible. */
export interface TarEntry { path: string; mode: number; body?: Buffer; linkTarget?: string }

/** A tar archive in the ustar form (POSIX.1-1988). Paths have at most 100 bytes. */
export function tarArchive(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(encodeEntry), Buffer.alloc(2 * BLOCK_BYTES)]);
}

function encodeEntry({ body = Buffer.alloc(0), ...entry }: TarEntry): Buffer[] {
  return [tarHeader({ ...entry, bytes: body.length }), body, tarPadding(body.length)];
}

/** What stands before a file of so many bytes. */
export function tarHeader({ path, mode, bytes, linkTarget }: Omit<TarEntry, 'body'> & { bytes: number }): Buffer {
  if (bytes > FILE_BYTES_MAX) throw new Error(`broken invariant: ${path} is too large for a ustar archive`);
  if (Buffer.byteLength(path) > 100) throw new Error(`broken invariant: the path ${path} is too long for a ustar archive`);
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, offset: number, width: number): void => { header.write(`${value.toString(8).padStart(width - 1, '0')}\0`, offset, 'latin1'); };
  header.write(path, 0, 'utf8');
  octal(mode, 100, 8);
  octal(0, 108, 8); // owner and group: root
  octal(0, 116, 8);
  octal(bytes, 124, 12);
  octal(0, 136, 12); // modified 1970
  header.write(' '.repeat(8), 148, 'latin1'); // the checksum counts as blanks while it is made
  header.write(linkTarget !== undefined ? '2' : path.endsWith('/') ? '5' : '0', 156, 'latin1');
  header.write(linkTarget ?? '', 157, 'utf8');
  header.write('ustar\0' + '00', 257, 'latin1');
  octal(header.reduce((sum, byte) => sum + byte, 0), 148, 8);
  return header;
}

/** What fills a file's last block. */
export function tarPadding(bytes: number): Buffer { return Buffer.alloc((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES); }
