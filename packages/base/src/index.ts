/**
 * What every other package stands on: time, chance, cancellation, bounded concurrency and queues.
 * Guarantees: nothing here starts work by being imported or constructed; whatever waits takes a signal.
 * The only place in the project that touches the ambient clock, timers and randomness.
 */
export { assert, assertNever } from './assert.ts';
export { abortError, isAbortError, linkSignals, onAbort, unlimitedController, whenAborted } from './abort.ts';
export { exponentialBackoff, type Backoff, type BackoffOptions } from './backoff.ts';
export { sleepBy, systemClock, type Clock, type WaitOptions } from './clock.ts';
export { Deque } from './deque.ts';
export { afterArrivals, afterSilence, allSettled } from './event-loop.ts';
export { errorMessage } from './error-message.ts';
export { groupBy } from './group-by.ts';
export { KeyedSequencer } from './keyed-sequencer.ts';
export { LruMap } from './lru-map.ts';
export { ownBytes } from './own-bytes.ts';
export { seededRng, systemRng, type Rng } from './rng.ts';
export { Semaphore } from './semaphore.ts';
export { TaskGroup } from './task-group.ts';
export { timeLimit } from './time-limit.ts';
export { unifiedDiff } from './unified-diff.ts';
export { WakeUp } from './wake-up.ts';
