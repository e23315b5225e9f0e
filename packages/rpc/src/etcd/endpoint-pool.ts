import { systemClock, type Clock } from '@kubernode/base';
import { decodeStatus, encodeEmpty } from './admin-messages.ts';
import { ElectionWatch, type MemberView } from './election-watch.ts';
import { EndpointConnection, type EtcdTlsFiles } from './endpoint-connection.ts';
import type { EtcdStatus } from './etcd-admin.ts';
import type { EtcdCallOptions } from './etcd-client.ts';
import { EtcdError, readMessage } from './etcd-error.ts';
import { readHeaderTerm } from './kv-messages.ts';

/** A call of etcd. */
export interface Method<Request, Response> {
  path: string;
  encode: (request: Request) => Buffer;
  decode: (message: Buffer) => Response;
  /** It changes nothing, so it may be sent twice. */
  isRead: boolean;
  timeoutMs?: number;
  /** A read, or its callers find out by themselves what became of it: so they do not wait for an answer that an election took away. */
  endsWithElection?: true;
}

export interface EndpointPoolOptions {
  /** `https://10.0.0.1:2379` or `unix:///run/etcd.sock`; without a scheme http, or https when there are certificates. */
  endpoints: readonly string[];
  tls?: EtcdTlsFiles | undefined;
  clock?: Clock | undefined;
}

const TIMEOUT_MS = 5_000;
/** What did not happen, and reads, are tried again for this long, one endpoint after the other: elections and restarts go unnoticed. */
const REPEAT_FOR_MS = 3_000;
const ROUND_DELAY_MS = 100;
/** gRPC's own question, which a member answers without asking its peers or its file. */
const HEALTH_PATH = '/grpc.health.v1.Health/Check';
const HEALTH_QUESTION = encodeEmpty();
/** Answered by a member alone, also without a leader. */
export const STATUS: Method<undefined, EtcdStatus> = { path: '/etcdserverpb.Maintenance/Status', encode: encodeEmpty, decode: decodeStatus, isRead: true };
/** What a member says to that counts only when it comes soon, ms. */
const VIEW_TIMEOUT_MS = 200;
/** So much of the time the member in use has before all are asked. */
const HEAD_START_SHARE = 0.2;
/** More members than any cluster of etcd has. */
const FURTHER_ENDPOINTS_MAX = 32;

/** Of answers that say nothing but that it is done. */
export const nothing = (): void => undefined;

/** The connections to all endpoints, of which one is in use until it fails. */
export class EndpointPool {
  readonly #connections: readonly EndpointConnection[];
  readonly #endpoints: readonly string[];
  readonly #clock: Clock;
  readonly #tls: EtcdTlsFiles;
  /** To members that the cluster named and the caller did not. */
  readonly #further = new Map<string, EndpointConnection>();
  readonly #elections: ElectionWatch<EndpointConnection>;
  #index = 0;

  constructor({ endpoints, tls = {}, clock = systemClock }: EndpointPoolOptions) {
    if (endpoints.length === 0) throw new EtcdError({ code: 'other', message: 'no endpoint of etcd is given' });
    this.#endpoints = endpoints;
    this.#clock = clock;
    this.#tls = tls;
    this.#elections = new ElectionWatch({
      look: async () => (await Promise.all(this.#connections.map((connection) => viewOf(connection)))).filter((view) => view !== undefined),
      onLooked: () => { if (this.#elections.isBehind(this.current)) this.moveFrom(this.current); }, // what it is asked from now on would wait as well
      clock,
    });
    this.#connections = endpoints.map((endpoint) => new EndpointConnection({ url: endpointUrl(endpoint, tls), tls, clock }));
  }

  get current(): EndpointConnection { return this.#connections[this.#index] as EndpointConnection; } // the index stays within

  /** On to the next member, but to none that has missed an election as long as there are others. */
  moveFrom(failed: EndpointConnection): void {
    if (this.current !== failed) return;
    const others = this.#connections.map((_, i) => (this.#index + 1 + i) % this.#connections.length);
    this.#index = others.find((i) => !this.#elections.isBehind(this.#connections[i] as EndpointConnection)) ?? others[0] ?? 0; // indexes of connections
  }

  async call<Request, Response>(method: Method<Request, Response>, request: Request, { signal, timeoutMs = method.timeoutMs ?? TIMEOUT_MS, traceparent }: EtcdCallOptions = {}): Promise<Response> {
    const body = method.encode(request);
    const startedMs = this.#clock.monotonicNow();
    for (let attempt = 1; ; attempt++) {
      const connection = this.current;
      const leftMs = timeoutMs - (this.#clock.monotonicNow() - startedMs);
      const attemptMs = method.isRead && attempt === 1 && this.#connections.length > 1 ? leftMs / 2 : leftMs; // another member gets its chance
      try {
        const answer = connection.unary({ path: method.path, body, signal, timeoutMs: attemptMs, requireLeader: true, traceparent });
        if (method.endsWithElection !== true) return readMessage(method.decode, await answer);
        const message = await this.#elections.unlessElected(connection, answer);
        this.#elections.heard(connection, readMessage(readHeaderTerm, message));
        return readMessage(method.decode, message);
      } catch (error) {
        if (!isOfMember(error)) throw error;
        this.moveFrom(connection);
        if (error.fateUnknown && !method.isRead) throw error;
        if (this.#clock.monotonicNow() - startedMs + ROUND_DELAY_MS >= Math.min(REPEAT_FOR_MS, timeoutMs)) throw error;
      }
      if (attempt % this.#connections.length === 0) await this.#clock.sleep(ROUND_DELAY_MS, { signal });
    }
  }

  /** See EtcdClient. */
  async isReachable(timeoutMs: number): Promise<boolean> {
    const headStartMs = timeoutMs * HEAD_START_SHARE;
    return await answers(this.current, headStartMs) || anyOf(this.#connections.map((connection) => answers(connection, timeoutMs - headStartMs)));
  }

  /** Asks this endpoint and no other, which need not know a leader. */
  async callAt<Request, Response>(endpoint: string, method: Method<Request, Response>, request: Request, { signal, timeoutMs = method.timeoutMs ?? TIMEOUT_MS }: EtcdCallOptions = {}): Promise<Response> {
    return ask(this.at(endpoint), method, request, { signal, timeoutMs });
  }

  /** The connection to one endpoint, which need not be among those that the client was made for. */
  at(endpoint: string): EndpointConnection {
    const known = this.#connections[this.#endpoints.indexOf(endpoint)] ?? this.#further.get(endpoint);
    if (known !== undefined) return known;
    if (this.#further.size >= FURTHER_ENDPOINTS_MAX) throw new EtcdError({ code: 'other', message: `more than ${FURTHER_ENDPOINTS_MAX} endpoints` });
    const connection = new EndpointConnection({ url: endpointUrl(endpoint, this.#tls), tls: this.#tls, clock: this.#clock });
    this.#further.set(endpoint, connection);
    return connection;
  }

  close(): void { for (const connection of [...this.#connections, ...this.#further.values()]) connection.close(); }
}

/** Asks one member once, which need not know a leader. */
async function ask<Request, Response>(member: EndpointConnection, { path, encode, decode }: Method<Request, Response>, request: Request, { signal, timeoutMs }: { signal?: AbortSignal | undefined; timeoutMs: number }): Promise<Response> {
  return readMessage(decode, await member.unary({ path, body: encode(request), signal, timeoutMs }));
}

/** What a member says of its leader; undefined when it does not say so soon. */
async function viewOf(member: EndpointConnection): Promise<MemberView<EndpointConnection> | undefined> {
  try {
    const { leader, raftTerm: term } = await ask(member, STATUS, undefined, { timeoutMs: VIEW_TIMEOUT_MS });
    return { member, hasLeader: leader !== 0n, term };
  } catch { return undefined; }
}

/** True when something came back, be it a refusal. */
async function answers(connection: EndpointConnection, timeoutMs: number): Promise<boolean> {
  try { await connection.unary({ path: HEALTH_PATH, body: HEALTH_QUESTION, signal: undefined, timeoutMs }); return true; } catch (error) {
    return error instanceof EtcdError && error.grpcStatus !== undefined;
  }
}

/** True with the first that is. */
function anyOf(all: readonly Promise<boolean>[]): Promise<boolean> {
  return Promise.any(all.map(async (one) => { if (!await one) throw new Error('not this one'); })).then(() => true, () => false);
}

/** True when another member may do better. */
function isOfMember(error: unknown): error is EtcdError {
  return error instanceof EtcdError && (error.code === 'unavailable' || error.code === 'deadlineExceeded');
}

function endpointUrl(endpoint: string, { caFile, certFile }: EtcdTlsFiles): URL {
  if (/^(https?|unix):\/\//.test(endpoint)) return new URL(endpoint);
  return new URL(`${caFile !== undefined || certFile !== undefined ? 'https' : 'http'}://${endpoint}`);
}
