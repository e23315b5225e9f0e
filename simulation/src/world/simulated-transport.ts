import { abortError, linkSignals, onAbort } from '@kubernode/base';
import { TransportError, type RawRequest, type RawResponse, type Transport } from '@kubernode/client';
import { NOTICE_MS, Unreachable, type Network } from './network.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { SimulatedServer } from './simulated-server.ts';

export interface SimulatedTransportOptions {
  process: SimulatedProcess;
  network: Network;
  servers: readonly SimulatedServer[];
  user: { name: string; groups?: readonly string[] };
  /** What a server would ask others about, answered in its place; undefined for everything else. */
  played?(request: RawRequest): RawResponse | undefined;
  /** Told of each write that a server took. */
  onWritten?: (request: RawRequest, response: RawResponse) => void;
}

/** A link that brings no answer in this time counts as broken by those who hold a lease, ms (packages/client). */
const HOLD_NOTICE_MS = 2200;

/** The API servers as one process reaches them: one is used until it fails, then the next. */
export function simulatedTransport(options: SimulatedTransportOptions): Transport {
  const { process, servers } = options;
  let current = 0;
  const chosen = (): SimulatedServer => servers[current % servers.length] as SimulatedServer; // there is at least one
  const moveOnFrom = (server: SimulatedServer, error: unknown): void => { if (error instanceof TransportError && chosen() === server) current++; };
  return {
    async call(request) {
      const server = chosen();
      try { return await process.hear(abortable(request.signal, exchange(request, server, options))); } catch (error) {
        moveOnFrom(server, error);
        throw error;
      }
    },
    async *watch(request) {
      const server = chosen();
      try { yield* lines(request, server, options); } catch (error) {
        moveOnFrom(server, error);
        throw error;
      }
    },
    async holdLease(hold, { signal, onHeld }) {
      const server = chosen();
      try {
        await stream(server, { ...options, signal, noticeMs: HOLD_NOTICE_MS }, async (transport, inner) => {
          await transport.holdLease?.(hold, { signal: inner, onHeld: (held) => { process.deliver(() => { onHeld(held); }); } });
        });
      } catch (error) {
        moveOnFrom(server, error);
        throw error;
      }
    },
    close: () => undefined,
  };
}

async function exchange(request: RawRequest, server: SimulatedServer, { process, network, user, played, onWritten }: SimulatedTransportOptions): Promise<RawResponse> {
  await travel(network, process.name, server.name);
  const response = await server.during(async ({ transport }) => played?.(request) ?? transport(user).call(request));
  if (request.method !== 'GET' && response.status < 300) onWritten?.(request, response);
  await travel(network, server.name, process.name);
  return response;
}

async function travel(network: Network, from: string, to: string): Promise<void> {
  try { await network.travel(from, to); } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    throw new TransportError(error.message, { maybeSent: true, cause: error });
  }
}

function abortable<T>(signal: AbortSignal | undefined, outcome: Promise<T>): Promise<T> {
  if (signal === undefined) return outcome;
  return new Promise((resolve, reject) => {
    const link = onAbort(signal, () => { reject(abortError(signal)); });
    outcome.then(resolve, reject).finally(() => { link[Symbol.dispose](); });
  });
}

/** The lines of a watch, each a while after the server wrote it and in its order. */
async function* lines(request: RawRequest & { signal: AbortSignal }, server: SimulatedServer, options: SimulatedTransportOptions): AsyncGenerator<Buffer, void, undefined> {
  const { process, network } = options;
  const arrived: Buffer[] = [];
  let over: { error?: unknown } | undefined;
  let wake = (): void => undefined;
  let lastMs = 0; // when the latest line arrives: none overtakes another
  using stopping = linkSignals(request.signal);
  const running = stream(server, { ...options, signal: stopping.signal, noticeMs: NOTICE_MS }, async (transport, signal) => {
    for await (const line of transport.watch({ ...request, signal })) {
      lastMs = Math.max(lastMs, process.time.nowMs + network.delayMs());
      process.time.after(lastMs - process.time.nowMs, () => { if (!signal.aborted) { arrived.push(line); wake(); } });
    }
    await process.time.sleep(Math.max(lastMs - process.time.nowMs, 0));
  }).then(() => { over = {}; wake(); }, (error: unknown) => { over = { error }; wake(); });
  try {
    for (;;) {
      const line = arrived.shift();
      if (line !== undefined) yield line;
      else if (over?.error !== undefined) throw over.error;
      else if (over !== undefined) { request.signal.throwIfAborted(); return; }
      else await process.hear(new Promise<void>((resolve) => { wake = resolve; }));
    }
  } finally {
    stopping.abort();
    await running;
  }
}

interface StreamOptions extends SimulatedTransportOptions { signal: AbortSignal; /** How long a cut stays unnoticed by this end. */ noticeMs: number }

/** Something that lasts, until it ends, the link breaks, or an end dies. The server hears of a cut only after `NOTICE_MS`. */
async function stream(server: SimulatedServer, { process, network, user, signal, noticeMs }: StreamOptions, run: (transport: Transport, signal: AbortSignal) => Promise<void>): Promise<void> {
  using inner = linkSignals(signal);
  let broken = (_error: Error): void => undefined;
  const breaking = new Promise<never>((_resolve, reject) => { broken = reject; });
  breaking.catch(() => undefined); // often nobody waits for it
  const breakNow = (): void => { broken(new TransportError('the stream broke', { maybeSent: true })); };
  using _break = network.onBreak(process.name, server.name, (why) => {
    process.time.after(why === 'cut' ? noticeMs : 0, breakNow);
    process.time.after(why === 'cut' ? NOTICE_MS : 0, () => { inner.abort(); });
  });
  using _death = process.onDeath(() => { inner.abort(); });
  await process.hear(travel(network, process.name, server.name));
  const running = server.during(({ transport }) => run(transport(user), inner.signal));
  try { await process.hear(abortable(signal, Promise.race([running, breaking]))); } finally {
    running.catch(() => undefined); // told by the race, or of no interest any more
    if (!network.isCut(process.name, server.name)) inner.abort();
  }
}
