import { setMaxListeners } from 'node:events';

/** The error that a wait throws when its signal is aborted; callers treat it as silence, not as a fault. */
export function abortError(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new DOMException('The operation was aborted', 'AbortError');
}

export function isAbortError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError'; // a DOMException of another realm is no instance of this one's Error
}

/** Calls `listener` once when `signal` aborts, at once if it already has. Disposing removes it, so long-lived signals gather no listeners. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): Disposable {
  if (signal === undefined) return { [Symbol.dispose]: () => undefined };
  if (signal.aborted) {
    listener();
    return { [Symbol.dispose]: () => undefined };
  }
  signal.addEventListener('abort', listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', listener) };
}

/** Resolves (never rejects) once the signal is aborted. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => { onAbort(signal, resolve); });
}

/** A controller that aborts with any of its parents; disposing it cuts the link to them. */
export function linkSignals(...parents: readonly (AbortSignal | undefined)[]): AbortController & Disposable {
  const controller = unlimitedController();
  const links = parents.map((parent) => onAbort(parent, () => controller.abort(parent?.reason)));
  return Object.assign(controller, { [Symbol.dispose]: () => { for (const link of links) link[Symbol.dispose](); } });
}

/** A controller whose signal may have any number of listeners: a process's stop signal has one for each thing that it stops. */
export function unlimitedController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
