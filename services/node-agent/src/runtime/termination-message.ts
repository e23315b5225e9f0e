import { open } from 'node:fs/promises';
import type { ContainerDetail } from '../cri/cri-runtime.ts';
import { annotationKeys } from '../cri/labels.ts';
import { LogDecoder } from '../logs/log-decoder.ts';

export type ReadTerminationMessage = (container: ContainerDetail) => Promise<string>;

const MESSAGE_BYTES_MAX = 4096;
const LOG_TAIL_BYTES = 2048;
const LOG_TAIL_LINES = 80;

/** The last words of a container: what it wrote to its termination file, else by its policy the end of its log when it failed. */
export const readTerminationMessage: ReadTerminationMessage = async (container) => {
  const path = container.annotations[annotationKeys.terminationMessagePath] ?? '';
  const hostPath = container.mounts.get(path);
  const written = hostPath === undefined ? '' : await readHead(hostPath, MESSAGE_BYTES_MAX);
  if (written !== '') return written;
  const wantsLog = container.annotations[annotationKeys.terminationMessagePolicy] === 'FallbackToLogsOnError' && container.exitCode !== 0;
  if (wantsLog && container.logPath !== '') return readLogTail(container.logPath);
  return container.message;
};

async function readHead(file: string, limit: number): Promise<string> {
  try {
    await using handle = await open(file, 'r');
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(limit), 0, limit, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch { return ''; } // never written
}

async function readLogTail(file: string): Promise<string> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    const length = Math.min(size, 4 * LOG_TAIL_BYTES); // room for the stamps before each line
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const lines = buffer.toString('latin1').split('\n').filter((line) => line !== '').slice(size > length ? 1 : 0).slice(-LOG_TAIL_LINES);
    const text = Buffer.concat(new LogDecoder({ timestamps: false }).push(Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1'))); // latin1 keeps bytes as they are
    return text.subarray(-LOG_TAIL_BYTES).toString('utf8');
  } catch { return ''; } // rotated away
}
