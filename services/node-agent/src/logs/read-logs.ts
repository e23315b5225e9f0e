import { open, stat, type FileHandle } from 'node:fs/promises';
import type { Clock } from '@kubernode/base';
import { parseLogLine } from './parse-log-line.ts';

export interface LogQuery {
  follow: boolean;
  timestamps: boolean;
  tailLines?: number | undefined;
  limitBytes?: number | undefined;
  sinceMs?: number | undefined;
  stream?: 'stdout' | 'stderr' | undefined;
}

export interface LogSource {
  path: string;
  /** Whether the container may still write; a follower stays while it may. */
  isOpen: () => Promise<boolean>;
  clock: Clock;
  signal: AbortSignal;
}

const CHUNK_BYTES = 64 * 1024;
const POLL_MS = 100;

/** The text of a container's log, as `kubectl logs` wants it. Follows through rotation: a new file under the path is read from its start. */
export async function* readLogs({ path, isOpen, clock, signal }: LogSource, query: LogQuery): AsyncGenerator<string> {
  await using file = await Reader.open(path);
  if (query.tailLines !== undefined) await file.seekTail(query.tailLines);
  const render = createRenderer(query);
  for (;;) {
    const wasOpen = query.follow && await isOpen(); // asked before reading: what came before the end is read below
    for await (const line of file.lines()) {
      const { text, done } = render(line);
      if (text !== '') yield text;
      if (done || signal.aborted) return;
    }
    if (await file.reopenWhenRotated(path)) continue;
    if (!wasOpen || signal.aborted) return;
    try { await clock.sleep(POLL_MS, { signal }); } catch { return; } // aborted
  }
}

function createRenderer({ timestamps, limitBytes, sinceMs, stream }: LogQuery): (line: string) => { text: string; done: boolean } {
  let left = limitBytes ?? Infinity;
  let continues = false; // the line before was a part of this one
  return (line) => {
    const parsed = parseLogLine(line);
    if (parsed === undefined || (stream !== undefined && parsed.stream !== stream)) return { text: '', done: false };
    if (sinceMs !== undefined && Date.parse(parsed.timestamp) < sinceMs) return { text: '', done: false };
    const full = `${timestamps && !continues ? `${parsed.timestamp} ` : ''}${parsed.text}${parsed.partial ? '' : '\n'}`;
    continues = parsed.partial;
    const size = Buffer.byteLength(full);
    const text = size <= left ? full : Buffer.from(full).subarray(0, left).toString('utf8');
    left -= Math.min(size, left);
    return { text, done: left <= 0 };
  };
}

/** Reads whole lines from a file that grows. */
class Reader implements AsyncDisposable {
  #handle: FileHandle;
  #inode: number;
  #position = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(handle: FileHandle, inode: number) {
    this.#handle = handle;
    this.#inode = inode;
  }

  static async open(path: string): Promise<Reader> {
    const handle = await open(path, 'r');
    return new Reader(handle, (await handle.stat()).ino);
  }

  async [Symbol.asyncDispose](): Promise<void> { await this.#handle.close(); }

  /** The complete lines that are there now. */
  async *lines(): AsyncGenerator<string> {
    for (;;) {
      const { bytesRead, buffer } = await this.#handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      const data = Buffer.concat([this.#rest, buffer.subarray(0, bytesRead)]);
      const end = data.lastIndexOf(0x0a);
      this.#rest = data.subarray(end + 1);
      if (end < 0) continue;
      for (const line of data.toString('utf8', 0, end).split('\n')) yield line;
    }
  }

  /** Moves to where the last `count` lines begin, reading from the end. Parts of a line count as one with its end. */
  async seekTail(count: number): Promise<void> {
    let end = (await this.#handle.stat()).size;
    if (count <= 0) { this.#position = end; return; }
    let text = Buffer.alloc(0);
    while (end > 0) {
      const length = Math.min(CHUNK_BYTES, end);
      const { buffer } = await this.#handle.read(Buffer.alloc(length), 0, length, end - length);
      end -= length;
      text = Buffer.concat([buffer, text]);
      const start = tailStart(text, count, end === 0);
      if (start !== undefined) { this.#position = end + start; return; }
    }
    this.#position = 0;
  }

  /** Goes on with the file now under the path, if it is another one. */
  async reopenWhenRotated(path: string): Promise<boolean> {
    const now = await stat(path).catch(() => undefined); // between rename and reopen there is none
    if (now === undefined || now.ino === this.#inode) return false;
    const next = await open(path, 'r');
    await this.#handle.close();
    this.#handle = next;
    this.#inode = now.ino;
    this.#position = 0;
    this.#rest = Buffer.alloc(0);
    return true;
  }
}

/** Where the last `count` full lines begin; undefined when the text does not reach that far back. */
function tailStart(text: Buffer, count: number, isWhole: boolean): number | undefined {
  let seen = 0;
  let position = text.length;
  while (position > 0) {
    const lineEnd = position - 1;
    const start = text.lastIndexOf(0x0a, lineEnd - 1) + 1;
    if (start === 0 && !isWhole) return undefined; // the line may begin further back
    if (parseLogLine(text.toString('utf8', start, lineEnd))?.partial !== true) seen++;
    if (seen > count) return position;
    position = start;
  }
  return isWhole ? 0 : undefined;
}
