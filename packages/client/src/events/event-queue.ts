import { Deque, onAbort } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';

const QUEUE_MAX = 1000;
/** Once so few wait again, it is told how many were dropped: one line for a time of need, not one for each event. */
const RELIEVED_COUNT = 500;

export interface EventQueue<E> {
  /** Never waits, never throws. When the queue is full the event is dropped. */
  push(event: E): void;
  /** Writes one after the other until aborted; then what is left, for a moment. */
  run(signal: AbortSignal): Promise<void>;
}

/** Events wait here, so that nobody waits for their being written. */
export function createEventQueue<E>(logger: Logger, write: (event: E, signal: AbortSignal) => Promise<void>): EventQueue<E> {
  const queue = new Deque<E>();
  let wake: (() => void) | undefined;
  let dropped = 0;
  const drop = (): void => { if (dropped++ === 0) logger.warn('events are dropped: too many wait', { waiting: queue.length }); };
  const tellDropped = (): void => {
    if (dropped === 0 || queue.length > RELIEVED_COUNT) return;
    logger.warn('events were dropped', { count: dropped });
    dropped = 0;
  };
  return {
    push(event) {
      if (queue.length >= QUEUE_MAX) { drop(); return; }
      queue.push(event);
      wake?.();
    },
    async run(signal) {
      for (;;) {
        const event = queue.shift();
        tellDropped();
        if (event !== undefined) await write(event, signal);
        else if (signal.aborted) return;
        else await new Promise<void>((resolve) => { const link = onAbort(signal, resolve); wake = () => { link[Symbol.dispose](); resolve(); }; });
      }
    },
  };
}
