import { linkSignals } from './abort.ts';
import type { Clock } from './clock.ts';

/**
 * A controller that aborts after `ms`, or with any of its parents. Which of them it was, the parents' signals tell. Disposing it stops the timer and cuts the links.
 * `AbortSignal.timeout` and `AbortSignal.any` serve neither purpose: the one knows no clock but the system's, and what the other combined is remembered by a
 * long-lived signal for as long as that lives.
 */
export function timeLimit({ clock, ms }: { clock: Pick<Clock, 'after'>; ms: number }, ...parents: readonly (AbortSignal | undefined)[]): AbortController & Disposable {
  const linked = linkSignals(...parents);
  const timer = clock.after(ms, () => { linked.abort(new DOMException(`no answer within ${ms / 1000} s`, 'AbortError')); });
  const cut = linked[Symbol.dispose].bind(linked);
  return Object.assign(linked, { [Symbol.dispose]: () => { timer[Symbol.dispose](); cut(); } });
}
