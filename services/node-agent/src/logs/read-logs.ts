import { watch } from 'node:fs';
import path from 'node:path';
import { type Clock, WakeUp } from '@kubernode/base';
import { LogDecoder, type LogView } from './log-decoder.ts';
import { LogFile } from './log-file.ts';

export interface LogQuery extends Omit<LogView, 'recordsMax'> {
  follow: boolean;
  /** Records from the end; partial ones count as well. */
  tailLines?: number | undefined;
}

export interface LogSource {
  path: string;
  /** Links may not lead out of here. */
  root: string;
  /** Whether the container may still write; a follower stays while it may. */
  isOpen: () => boolean;
  clock: Clock;
  signal: AbortSignal;
}

/** A follower looks this often even when it is told of no change. */
const FORCED_LOOK_MS = 500;

/** The text of a container's log, as `kubectl logs` wants it; a follower goes on through rotations until the container ends. */
export async function* readLogs(source: LogSource, query: LogQuery): AsyncGenerator<Buffer> {
  const { signal, clock } = source;
  await using file = await LogFile.open(source.root, source.path);
  if (query.tailLines !== undefined) await file.seekTail(query.tailLines, signal);
  const decoder = new LogDecoder({ ...query, ...(query.tailLines !== undefined && !query.follow && { recordsMax: query.tailLines }) });
  if (!query.follow) { yield* rest(file, decoder, signal); return; }
  const change = new WakeUp();
  const watcher = watch(path.dirname(source.path), { persistent: false }, () => { change.ring(); });
  watcher.on('error', () => undefined); // the forced look is left
  try {
    while (!signal.aborted && !decoder.isDone) {
      const wasOpen = source.isOpen(); // asked before reading: what came before the end is read below
      yield* rest(file, decoder, signal);
      if (await file.isRotated()) {
        yield* rest(file, decoder, signal); // what was written between the last look and the rotation
        await file.openNext();
        decoder.startFile();
      } else if (!wasOpen) return;
      else await change.heardWithin({ clock, ms: FORCED_LOOK_MS }, signal);
    }
  } finally {
    watcher.close();
  }
}

/** What the file has now. */
async function* rest(file: LogFile, decoder: LogDecoder, signal: AbortSignal): AsyncGenerator<Buffer> {
  while (!signal.aborted && !decoder.isDone) {
    const chunk = await file.read();
    if (chunk === undefined) return;
    const shown = decoder.push(chunk);
    if (shown.length > 0) yield Buffer.concat(shown); // a copy: the chunk is read into again
  }
}
