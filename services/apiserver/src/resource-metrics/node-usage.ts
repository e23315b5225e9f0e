import type { coreV1 } from '@kubernode/api';
import { errorMessage, isAbortError, Semaphore, timeLimit, type Clock } from '@kubernode/base';
import { serviceUnavailable, type KubeObject } from '@kubernode/apimachinery';
import type { Logger } from '@kubernode/component-base';
import type { ObjectSource } from '../endpoints/endpoint.ts';
import { askBackend } from '../endpoints/subresources/backend-connection.ts';
import type { NodeConnection } from '../endpoints/subresources/backend-location.ts';
import { parseExposition, type NodeSamples } from './parse-exposition.ts';

export type Node = coreV1.Node & KubeObject;

/** What was learnt stays good for this long; the next who asks after that makes the server ask again. */
const FRESH_MS = 15_000;
/** Two looks this far apart tell of usage where there was none before. */
const FIRST_WINDOW_MS = 1_500;
/** A look from longer ago than this says little of now. */
const STALE_MS = 120_000;
const ASK_TIMEOUT_MS = 5_000;
const NODES_AT_ONCE_MAX = 32;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
/** How often some nodes are tried while none has ever answered. */
const PROBE_MS = 10_000;
const PROBED_AT_ONCE_MAX = 8;
/** A node that does not answer is left alone for this long. */
const FORGIVE_MS = 60_000;

/** Two looks at a node; `before` is missing after the first. */
export interface NodeLooks { before: NodeSamples | undefined; now: NodeSamples }

export interface NodeUsageParts { nodes: ObjectSource<Node>; connection: NodeConnection; clock: Clock; logger: Logger }

/** Asks node agents what their node and pods use, when somebody wants to know, and remembers it for a while. */
export class NodeUsage {
  readonly #parts: NodeUsageParts;
  readonly #looks = new Map<string, NodeLooks & { atMs: number }>();
  #refreshing: Promise<void> | undefined;
  #refreshedAtMs = -Infinity;
  #answered = false;
  /** When nodes that did not answer may be asked again, monotonic. */
  readonly #silentUntilMs = new Map<string, number>();

  constructor(parts: NodeUsageParts) { this.#parts = parts; }

  /** Some node has answered: there is something to be told. Simulated nodes never do. */
  get isOffered(): boolean { return this.#answered; }

  /** By the node's name. */
  async looks(): Promise<ReadonlyMap<string, NodeLooks>> {
    if (this.#parts.clock.monotonicNow() - this.#refreshedAtMs > FRESH_MS) await (this.#refreshing ??= this.#refresh().finally(() => { this.#refreshing = undefined; }));
    return this.#looks;
  }

  /** Tries nodes until one has answered. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#answered) {
      await Promise.all(this.#askable().slice(0, PROBED_AT_ONCE_MAX).map((node) => this.#look(node)));
      if (!this.#answered) await this.#parts.clock.sleep(PROBE_MS, { signal }).catch(() => undefined); // at the end
    }
  }

  async #refresh(): Promise<void> {
    const { clock } = this.#parts;
    for (const [name, { atMs }] of this.#looks) if (clock.monotonicNow() - atMs > STALE_MS) this.#looks.delete(name);
    await this.#lookAtAll();
    if ([...this.#looks.values()].some(({ before }) => before === undefined)) {
      await clock.sleep(FIRST_WINDOW_MS);
      await this.#lookAtAll();
    }
    this.#refreshedAtMs = clock.monotonicNow();
  }

  async #lookAtAll(): Promise<void> {
    const turns = new Semaphore(NODES_AT_ONCE_MAX);
    await Promise.all(this.#askable().map((node) => turns.run(() => this.#look(node))));
  }

  /** The nodes that say where their agent listens, but those that were silent a moment ago. */
  #askable(): Readonly<Node>[] {
    const nowMs = this.#parts.clock.monotonicNow();
    for (const [name, untilMs] of this.#silentUntilMs) if (untilMs <= nowMs) this.#silentUntilMs.delete(name);
    return [...this.#parts.nodes.list()].filter((node) => portOf(node) > 0 && !this.#silentUntilMs.has(node.metadata.name));
  }

  async #look(node: Readonly<Node>): Promise<void> {
    const { clock, logger } = this.#parts;
    const { name } = node.metadata;
    const host = addressOf(node, this.#parts.connection.addressTypes);
    if (host === undefined) return;
    using limit = timeLimit({ clock, ms: ASK_TIMEOUT_MS });
    try {
      const now = parseExposition(await this.#ask(host, node, limit.signal), clock.now());
      this.#looks.set(name, { before: this.#looks.get(name)?.now, now, atMs: clock.monotonicNow() });
      this.#answered = true;
    } catch (error) {
      this.#silentUntilMs.set(name, clock.monotonicNow() + FORGIVE_MS);
      if (this.#answered) logger.warn('a node does not tell what it uses', { node: name, error: isAbortError(error) ? 'no answer in time' : errorMessage(error) });
    }
  }

  async #ask(host: string, node: Readonly<Node>, signal: AbortSignal): Promise<string> {
    const { connection: { credentials } } = this.#parts;
    const answer = await askBackend({ backend: { scheme: 'https', host, port: portOf(node), credentials }, method: 'GET', path: '/metrics/resource', headers: {}, body: Buffer.alloc(0), signal, refusal: (why) => serviceUnavailable(why) });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) { // no encoding is set, so these are buffers
      size += chunk.length;
      if (size > ANSWER_BYTES_MAX) throw new Error('the answer is too long');
      chunks.push(chunk);
    }
    if (answer.statusCode !== 200) throw new Error(`the node answered ${answer.statusCode}`);
    return Buffer.concat(chunks).toString('utf8');
  }
}

/** 0: it does not say. */
function portOf({ status }: Readonly<Node>): number {
  return status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
}

function addressOf({ status }: Readonly<Node>, types: readonly string[]): string | undefined {
  for (const wanted of types) {
    const found = status?.addresses?.find(({ type }) => type === wanted)?.address;
    if (found !== undefined) return found;
  }
  return undefined;
}
