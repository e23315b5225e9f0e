import { open } from 'node:fs/promises';

const SECRET_MODE = 0o600;

/** Writes a new file that only its owner may read, piece by piece; on disk when it resolves. */
export async function writeStream(file: string, pieces: AsyncIterable<Buffer>): Promise<void> {
  const handle = await open(file, 'wx', SECRET_MODE);
  try {
    for await (const piece of pieces) await handle.writeFile(piece);
    await handle.sync();
  } finally { await handle.close(); }
}
