import type { Rng } from '@kubernode/base';
import { sleep } from '../../framework/run.ts';
import type { Call, Operation, Outcome } from '../checkers/operation.ts';
import type { ApiConnection } from './api-connection.ts';
import { parseValue, valueObject, type ValueAnswer } from './value-object.ts';

/** Calls of one client to one object; then its clients go on to a new object, so that no history grows long. */
const CALLS_PER_OBJECT = 25;
const THINK_MS_MAX = 60;
/** Pause before one looks again after a call without an answer, ms. */
const LOOK_AGAIN_MS = 30;

/** Several clients that fight over one object with every kind of write; then over the next one. */
export class RegisterClients {
  readonly operations: Operation[] = [];
  readonly #collection: string;
  readonly #name: string;
  readonly #connections: readonly ApiConnection[];
  readonly #rng: Rng;
  #paused = false;
  #idle = false;
  #writes = 0;

  constructor({ collection, name, connections, rng }: { collection: string; name: string; connections: readonly ApiConnection[]; rng: Rng }) {
    this.#collection = collection;
    this.#name = name;
    this.#connections = connections;
    this.#rng = rng;
  }

  async run(signal: AbortSignal): Promise<void> {
    for (let round = 0; !signal.aborted; round++) {
      const object = `${this.#name}-${round}`;
      const isOver = (): boolean => signal.aborted || this.#paused;
      await Promise.all(this.#connections.map((connection, i) => this.#play({ connection, object, client: `${this.#name}.${i}`, isOver })));
      while (this.#paused && !signal.aborted) { this.#idle = true; await sleep(20); }
      this.#idle = false;
    }
  }

  /** Lets calls that are under way end; no other begins until `resume`. */
  pause(): void { this.#paused = true; }
  resume(): void { this.#paused = false; }

  get isIdle(): boolean { return this.#idle; }

  /** Histories since the last time. */
  take(): readonly Operation[] { return this.operations.splice(0); }

  async #play({ connection, object, client, isOver }: { connection: ApiConnection; object: string; client: string; isOver: () => boolean }): Promise<void> {
    let seen: number | undefined; // revision
    for (let i = 0; i < CALLS_PER_OBJECT && !isOver(); i++) {
      const { outcome } = await this.#call({ connection, object, client, call: this.#choose(seen, `${client}-${this.#writes++}`) });
      if (outcome.kind === 'unknown') seen = await this.#look({ connection, object, client, isOver });
      else if (outcome.kind === 'ok') seen = outcome.revision;
      else if (outcome.kind !== 'exists') seen = undefined;
      await sleep(this.#rng.next() * THINK_MS_MAX);
    }
  }

  /** Reads until an answer comes, so that a client never has two writes in doubt at once. */
  async #look({ connection, object, client, isOver }: { connection: ApiConnection; object: string; client: string; isOver: () => boolean }): Promise<number | undefined> {
    while (!isOver()) {
      const { outcome } = await this.#call({ connection, object, client, call: { kind: 'get' } });
      if (outcome.kind !== 'unknown') return outcome.kind === 'ok' ? outcome.revision : undefined;
      await sleep(LOOK_AGAIN_MS);
    }
    return undefined;
  }

  #choose(seen: number | undefined, value: string): Call {
    const chance = this.#rng.next();
    if (chance < 0.2) return { kind: 'get' };
    if (seen === undefined) return chance < 0.6 ? { kind: 'create', value } : chance < 0.8 ? { kind: 'patch', value } : { kind: 'get' };
    if (chance < 0.6) return { kind: 'update', value, expected: seen };
    if (chance < 0.85) return { kind: 'patch', value };
    if (chance < 0.95) return { kind: 'delete', expected: seen };
    return chance < 0.98 ? { kind: 'delete' } : { kind: 'create', value };
  }

  async #call({ connection, object, client, call }: { connection: ApiConnection; object: string; client: string; call: Call }): Promise<Operation> {
    const startMs = performance.now();
    const outcome = await send(connection, this.#collection, object, call);
    const operation = { object, client, call, outcome, startMs, endMs: performance.now() };
    if (call.kind !== 'get' || outcome.kind !== 'unknown') this.operations.push(operation);
    return operation;
  }
}

async function send(connection: ApiConnection, collection: string, name: string, call: Call): Promise<Outcome> {
  const path = `${collection}/${name}`;
  try {
    switch (call.kind) {
      case 'get': return outcomeOf(parseValue(await connection.send('GET', path)));
      case 'create': return outcomeOf(parseValue(await connection.send('POST', collection, valueObject(name, call.value))));
      case 'update': return outcomeOf(parseValue(await connection.send('PUT', path, valueObject(name, call.value, call.expected))));
      case 'patch': return outcomeOf(parseValue(await connection.send('PATCH', path, { data: { v: call.value } }, 'application/merge-patch+json')));
      case 'delete': {
        const { kind } = outcomeOf(parseValue(await connection.send('DELETE', path, { kind: 'DeleteOptions', apiVersion: 'v1', ...(call.expected !== undefined && { preconditions: { resourceVersion: String(call.expected) } }) })));
        return { kind }; // whatever a deletion answers, it is no revision of the object's
      }
    }
  } catch { return { kind: 'unknown' }; } // no answer came
}

function outcomeOf({ status, reason, revision, value }: ValueAnswer): Outcome {
  if (status >= 200 && status < 300) return { kind: 'ok', ...(revision !== undefined && { revision }), ...(value !== undefined && { value }) };
  if (status === 404) return { kind: 'absent' };
  if (status === 409) return { kind: reason === 'AlreadyExists' ? 'exists' : 'conflict' };
  return { kind: 'unknown' };
}
