import type { Writable } from 'node:stream';
import { abortError, onAbort } from '@kubernode/base';

/** Resolves when a stream takes more again; rejects with an AbortError when aborted before. */
export function drained(stream: Writable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!stream.writableNeedDrain) { resolve(); return; }
    const done = (): void => { link[Symbol.dispose](); stream.off('drain', done); resolve(); };
    const link = onAbort(signal, () => { stream.off('drain', done); reject(abortError(signal)); });
    stream.on('drain', done);
  });
}
