import { abortError, onAbort } from '@kubernode/base';
import type { StatusError } from '@kubernode/apimachinery';
import type { Watcher, WatchEvent } from '../store/object-store.ts';
import { tooOldToWatch } from '../store/storage-errors.ts';
import type { EventRing } from './event-ring.ts';
import { isInScope, type ScopedListener, type WatchScope } from './watch-scopes.ts';

export interface RingWatcherDependencies {
  ring: EventRing;
  /** The newest revision of which the ring has everything. */
  appliedRevision: () => number;
  onDispose: (watcher: RingWatcher) => void;
}

/**
 * A cursor into the ring. While nothing for its scope is unread it holds no position at all, so the ring may turn as often as it
 * likes; from the first event for its scope on, `#unread` says where reading goes on, and the ring turning past it ends the watcher.
 */
export class RingWatcher implements Watcher, ScopedListener {
  readonly keyPrefix: string;
  readonly exactKey: string | undefined;
  readonly field: { name: string; value: string } | undefined;
  readonly #dependencies: RingWatcherDependencies;
  readonly #fromRevision: number;
  /** Sequence number of the first unread event of the scope. */
  #unread: number | undefined;
  #failure: StatusError | undefined;
  #wake: (() => void) | undefined;

  constructor(scope: WatchScope & { fromRevision: number }, dependencies: RingWatcherDependencies) {
    this.keyPrefix = scope.keyPrefix;
    this.exactKey = scope.exactKey;
    this.field = scope.field;
    this.#fromRevision = scope.fromRevision;
    this.#dependencies = dependencies;
    this.#unread = this.#findUnread(dependencies.ring.after(scope.fromRevision));
  }

  get revision(): number {
    const { ring, appliedRevision } = this.#dependencies;
    if (this.#unread === undefined) return Math.max(appliedRevision(), this.#fromRevision);
    return this.#unread < ring.first ? this.#fromRevision : ring.at(this.#unread).revision - 1;
  }

  async next({ maxEvents, signal }: { maxEvents: number; signal: AbortSignal }): Promise<readonly WatchEvent[]> {
    if (signal.aborted) throw abortError(signal);
    if (this.#failure === undefined && this.#unread === undefined) await this.#untilWoken(signal);
    if (this.#failure !== undefined) throw this.#failure;
    return this.#read(maxEvents);
  }

  offer(event: WatchEvent, sequence: number): void {
    if (event.revision <= this.#fromRevision) return; // asked to begin in the future
    this.#unread ??= sequence;
    this.#wake?.();
  }

  /** Ends the watcher: its next read, or the one that waits, rejects with this. */
  fail(error: StatusError): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  [Symbol.dispose](): void { this.#dependencies.onDispose(this); }

  #untilWoken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const link = onAbort(signal, () => { this.#wake = undefined; reject(abortError(signal)); });
      this.#wake = () => { this.#wake = undefined; link[Symbol.dispose](); resolve(); };
    });
  }

  /** At most `maxEvents`, but never part of a revision: the client could not resume in the middle of one. */
  #read(maxEvents: number): WatchEvent[] {
    const { ring } = this.#dependencies;
    const events: WatchEvent[] = [];
    let sequence = this.#unread ?? ring.end;
    if (sequence < ring.first) throw this.#failure = tooOldToWatch(this.revision, ring.floor);
    for (; sequence < ring.end; sequence++) {
      const event = ring.at(sequence);
      if (!isInScope(this, event)) continue;
      if (events.length >= maxEvents && event.revision !== events.at(-1)?.revision) break;
      events.push(event);
    }
    this.#unread = sequence < ring.end ? sequence : undefined;
    return events;
  }

  #findUnread(from: number): number | undefined {
    const { ring } = this.#dependencies;
    for (let sequence = from; sequence < ring.end; sequence++) if (isInScope(this, ring.at(sequence))) return sequence;
    return undefined;
  }
}
