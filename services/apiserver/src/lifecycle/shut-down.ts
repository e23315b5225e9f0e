import type { Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { ServerLifecycle } from './server-lifecycle.ts';

/** What a door to the outside has to be able to do for a shutdown. */
export interface Door {
  /** Tells clients to use others, one connection after the other over this time; what still comes on them is served. Absent where listening no more tells all. */
  sendAway?(overMs: number): Promise<void>;
  /** Takes no new connections, and tells clients to use others. Requests that still come are served. */
  stopListening(): void;
  /** Requests that wait for their answer, or whose answer is still on its way; watches and other streams left out. */
  readonly requestsPending: number;
  /** Grows with each sign of a client: whether there was one since it was looked at last. */
  readonly activity: number;
  /** Requests and streams of any kind. */
  readonly requestsRunning: number;
  /** Ends streams in good order. */
  endStreams(): void;
  /** Cuts whatever is left. */
  close(): void;
}

export interface ShutDownOptions {
  /** How long the server goes on serving after it said that it is not ready. */
  delayMs: number;
  /** Late requests are told to come again, on a server that listens until all others are answered. */
  sendRetryAfter: boolean;
  /** How long watches may take to end; 0: they end at once. */
  watchGraceMs: number;
  requestTimeoutMs: number;
}

export interface ShutDownParts {
  lifecycle: ServerLifecycle;
  doors: readonly Door[];
  /** Makes others forget this server: endpoints, leases. */
  deregister(): Promise<void>;
  clock: Clock;
  logger: Logger;
}

/** Others are told to forget this server within this time, or find out themselves. */
const DEREGISTER_MS_MAX = 5_000;
/** Connections without a request are kept so long after the last request: one may be on its way. */
const LINGER_MS = 1_000;
/** Streams that were told to end have so long to write what they have. */
const STREAMS_MS_MAX = 2_000;
const POLL_MS = 20;
/** What the rest of the process may need to end. */
const REST_MS_MAX = 10_000;

/** How long a server's end takes at most. */
export function shutDownMsMax({ shutdownDelayMs, shutdownWatchGraceMs, requestTimeoutMs }: { shutdownDelayMs: number; shutdownWatchGraceMs: number; requestTimeoutMs: number }): number {
  return Math.max(shutdownDelayMs, DEREGISTER_MS_MAX) + Math.max(shutdownWatchGraceMs, requestTimeoutMs) + STREAMS_MS_MAX + REST_MS_MAX;
}

/**
 * Ends a server as Kubernetes does. No request that was taken is cut, unless it takes longer than requests may.
 *
 * In the second half of the delay, when whoever balances knows, connections are sent away one by one: all at once they would wait for each other's handshakes.
 *
 *     not ready ─┬─ delay ──────┬─▶ listens no more ─▶ watches end ─▶ requests are answered ─▶ streams end ─▶ closed
 *                └─ deregister ─┘   (with retry-after: here ──────────────────────────────▲)
 */
export async function shutDown({ delayMs, sendRetryAfter, watchGraceMs, requestTimeoutMs }: ShutDownOptions, { lifecycle, doors, deregister, clock, logger }: ShutDownParts): Promise<void> {
  const happened = (event: string, facts: object = {}): void => { logger.info('shutdown event', { event, ...facts }); };
  lifecycle.beginShutdown();
  happened('ShutdownInitiated', { delayMs });
  await Promise.all([delayMs > 0 ? delay(delayMs, doors, clock) : undefined, atMost(DEREGISTER_MS_MAX, deregister(), clock)]);
  lifecycle.beginDraining(clock.now());
  happened('NotAcceptingNewRequest', { watches: lifecycle.watches });
  if (!sendRetryAfter) for (const door of doors) door.stopListening();
  await Promise.all([lifecycle.endWatches(clock, watchGraceMs), until(() => doors.every(({ requestsPending }) => requestsPending === 0), { clock, limitMs: requestTimeoutMs, quietMs: sendRetryAfter ? 0 : LINGER_MS, activity: () => sum(doors.map((door) => door.activity)) })]);
  happened('InFlightRequestsDrained', { left: sum(doors.map(({ requestsPending }) => requestsPending)) });
  for (const door of doors) { if (sendRetryAfter) door.stopListening(); door.endStreams(); }
  await until(() => doors.every(({ requestsRunning }) => requestsRunning === 0), { clock, limitMs: STREAMS_MS_MAX, quietMs: 0, activity: () => 0 });
  for (const door of doors) door.close();
  happened('HTTPServerStoppedListening');
}

async function delay(delayMs: number, doors: readonly Door[], clock: Clock): Promise<void> {
  const isOver = clock.sleep(delayMs);
  await clock.sleep(delayMs / 2);
  await Promise.all([isOver, ...doors.map((door) => door.sendAway?.(delayMs / 2))]);
}

/** Waits for work, but not longer than this; it may go on. */
async function atMost(limitMs: number, work: Promise<void>, clock: Clock): Promise<void> {
  const over = new AbortController();
  await Promise.race([work.finally(() => { over.abort(); }), clock.sleep(limitMs, { signal: over.signal }).catch(() => undefined)]); // aborted: the work was faster
}

/** Waits until something has been so for a while without any activity, or for the longest time allowed. */
async function until(isSo: () => boolean, { clock, limitMs, quietMs, activity }: { clock: Clock; limitMs: number; quietMs: number; activity(): number }): Promise<void> {
  const start = clock.monotonicNow();
  let soSince = start;
  let seen = activity();
  while (clock.monotonicNow() - start < limitMs) {
    const current = activity();
    if (!isSo() || (quietMs > 0 && current !== seen)) soSince = clock.monotonicNow() + POLL_MS;
    else if (clock.monotonicNow() - soSince >= quietMs) return;
    seen = current;
    await clock.sleep(POLL_MS);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
