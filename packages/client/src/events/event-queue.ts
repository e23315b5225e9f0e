import { Deque, onAbort } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';

const QUEUE_MAX = 1000;

export interface EventQueue<E> {
  /** Never waits, never throws. When the queue is full the event is dropped. */
  push(event: E): void;
  /** Writes one after the other until aborted; then what is left, for a moment. */
  run(signal: AbortSignal): Promise<void>;
}

/** Events wait here, so that nobody waits for their being written. */
export function createEventQueue<E extends { reason?: string }>(logger: Logger, write: (event: E, signal: AbortSignal) => Promise<void>): EventQueue<E> {
  const queue = new Deque<E>();
  let wake: (() => void) | undefined;
  return {
    push(event) {
      if (queue.length >= QUEUE_MAX) { logger.warn('event dropped: too many wait', { reason: event.reason ?? '' }); return; }
      queue.push(event);
      wake?.();
    },
    async run(signal) {
      for (;;) {
        const event = queue.shift();
        if (event !== undefined) await write(event, signal);
        else if (signal.aborted) return;
        else await new Promise<void>((resolve) => { const link = onAbort(signal, resolve); wake = () => { link[Symbol.dispose](); resolve(); }; });
      }
    },
  };
}
