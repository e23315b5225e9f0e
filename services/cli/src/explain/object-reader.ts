import { StatusError } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import { type Clock, errorMessage, timeLimit } from '@kubernode/base';
import type { Client, ListSelector, Target } from '@kubernode/client';

/** How long one question may take: whoever asks why something hangs does not want to hang. */
const QUESTION_MS = 10_000;
const PAGE = 500;
/** Of one resource; a judgement over more would not be read anyway. */
const OBJECTS_MAX = 50_000;

/** Reads for explanations: what the user may not see, or nobody answers, is noted and left out. */
export class ObjectReader {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #unseen = new Set<string>();

  constructor(client: Client, { clock, signal }: { clock: Clock; signal: AbortSignal }) {
    this.#client = client;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** What could not be looked at, and why. */
  get unseen(): readonly string[] { return [...this.#unseen]; }

  /** `missing`: it is certain that there is none; `unseen`: nobody knows. */
  async find<T>(resource: ResourceRef<T>, target: Target): Promise<T | 'missing' | 'unseen'> {
    using limit = this.#limit();
    try { return await this.#client.get(resource, target, { signal: limit.signal }); } catch (error) {
      if (error instanceof StatusError && error.code === 404) return 'missing';
      this.#note(`${resource.resource}${target.namespace === undefined ? '' : ` in ${target.namespace}`}`, error);
      return 'unseen';
    }
  }

  /** Undefined when it cannot be had, for whatever reason. */
  async get<T>(resource: ResourceRef<T>, target: Target): Promise<T | undefined> {
    const found = await this.find(resource, target);
    return found === 'missing' || found === 'unseen' ? undefined : found;
  }

  /** Empty when it cannot be read. */
  async list<T>(resource: ResourceRef<T>, selector: ListSelector = {}): Promise<readonly T[]> {
    const items: T[] = [];
    try {
      for (let from: string | undefined; items.length < OBJECTS_MAX;) {
        using limit = this.#limit();
        const page = await this.#client.list(resource, { ...selector, limit: PAGE, ...(from !== undefined && { continue: from }), signal: limit.signal });
        items.push(...page.items);
        from = page.metadata.continue;
        if (from === undefined || from === '') break;
      }
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 404)) this.#note(`${resource.resource}${selector.namespace === undefined ? '' : ` in ${selector.namespace}`}`, error); // a resource that is not served has no objects
    }
    return items;
  }

  #note(what: string, error: unknown): void {
    if (this.#signal.aborted) throw error;
    this.#unseen.add(error instanceof StatusError && error.code === 403 ? `${what}: you may not read them` : `${what}: ${errorMessage(error)}`);
  }

  #limit(): AbortController & Disposable { return timeLimit({ clock: this.#clock, ms: QUESTION_MS }, this.#signal); }
}
