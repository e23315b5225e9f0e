import type { FileHandle } from 'node:fs/promises';

const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * Where the last `count` records of a log begin, found by reading backwards: the length of the file does not matter. A record without
 * its newline is not counted, though what begins before it includes it.
 */
export async function tailStart(handle: Pick<FileHandle, 'read' | 'stat'>, count: number, signal: AbortSignal): Promise<number> {
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  let newlines = 0;
  for (let end = (await handle.stat()).size; end > 0 && !signal.aborted;) {
    const length = Math.min(BLOCK_BYTES, end);
    const start = end - length;
    const { bytesRead } = await handle.read(block, 0, length, start);
    for (let at = block.subarray(0, bytesRead).lastIndexOf(NEWLINE); at >= 0; at = at === 0 ? -1 : block.lastIndexOf(NEWLINE, at - 1)) {
      if (++newlines > count) return start + at + 1;
    }
    end = start;
  }
  return 0;
}
