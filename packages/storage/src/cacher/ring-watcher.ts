import { abortError, onAbort } from '@kubernode/base';
import type { StatusError } from '@kubernode/apimachinery';
import type { ReadLimits, Watcher, WatchEvent, WatchScope } from '../store/object-store.ts';
import { tooOldToWatch } from '../store/storage-errors.ts';
import type { EventRing } from './event-ring.ts';
import type { ReadResult, SharedReads } from './shared-reads.ts';
import { isInScope, type ScopedListener } from './watch-scopes.ts';

export interface RingWatcherDependencies {
  ring: EventRing;
  reads: SharedReads;
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
  readonly name: string | undefined;
  readonly field: { name: string; value: string } | undefined;
  readonly #dependencies: RingWatcherDependencies;
  readonly #fromRevision: number;
  /** Names the scope among the reads that watchers share. */
  readonly #scope: string;
  /** Sequence number of the first unread event of the scope. */
  #unread: number | undefined;
  #failure: StatusError | undefined;
  #listener: (() => void) | undefined;

  constructor(scope: WatchScope & { fromRevision: number }, dependencies: RingWatcherDependencies) {
    this.keyPrefix = scope.keyPrefix;
    this.exactKey = scope.exactKey;
    this.name = scope.name;
    this.field = scope.field;
    this.#fromRevision = scope.fromRevision;
    this.#scope = scopeName(scope);
    this.#dependencies = dependencies;
    this.#unread = this.#findUnread(dependencies.ring.after(scope.fromRevision));
  }

  get revision(): number {
    const { ring, appliedRevision } = this.#dependencies;
    if (this.#unread === undefined) return Math.max(appliedRevision(), this.#fromRevision);
    return this.#unread < ring.first ? this.#fromRevision : ring.at(this.#unread).revision - 1;
  }

  read({ maxEvents, maxBytes = Infinity }: ReadLimits): readonly WatchEvent[] {
    if (this.#failure !== undefined) throw this.#failure;
    const start = this.#unread;
    if (start === undefined) return NOTHING;
    const { ring, reads } = this.#dependencies;
    if (start < ring.first) throw this.#failure = tooOldToWatch(this.revision, ring.floor);
    const { events, next } = reads.get({ start, maxEvents, maxBytes, scope: this.#scope }, ring.end, () => this.#scan(start, maxEvents, maxBytes));
    this.#unread = next < ring.end ? next : undefined;
    return events;
  }

  onReadable(listener: () => void): void { this.#listener = listener; }

  async next({ maxEvents, signal }: { maxEvents: number; signal: AbortSignal }): Promise<readonly WatchEvent[]> {
    if (signal.aborted) throw abortError(signal);
    if (this.#failure === undefined && this.#unread === undefined) await this.#untilReadable(signal);
    return this.read({ maxEvents });
  }

  offer(event: WatchEvent, sequence: number): void {
    if (this.#unread !== undefined || event.revision <= this.#fromRevision) return; // known to have something; or asked to begin in the future
    this.#unread = sequence;
    this.#listener?.();
  }

  /** Ends the watcher: its next read, or the one that waits, fails with this. */
  fail(error: StatusError): void {
    this.#failure ??= error;
    this.#listener?.();
  }

  [Symbol.dispose](): void { this.#dependencies.onDispose(this); }

  #untilReadable(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const link = onAbort(signal, () => { this.#listener = undefined; reject(abortError(signal)); });
      this.#listener = () => { this.#listener = undefined; link[Symbol.dispose](); resolve(); };
    });
  }

  /** As many as the limits allow and one at least, but never part of a revision: the client could not resume in the middle of one. */
  #scan(start: number, maxEvents: number, maxBytes: number): ReadResult {
    const { ring } = this.#dependencies;
    const events: WatchEvent[] = [];
    let bytes = 0;
    let sequence = start;
    for (; sequence < ring.end; sequence++) {
      const event = ring.at(sequence);
      if (!isInScope(this, event)) continue;
      if ((events.length >= maxEvents || bytes >= maxBytes) && event.revision !== events.at(-1)?.revision) break;
      events.push(event);
      bytes += event.object.bytes.length;
    }
    return { events, next: sequence };
  }

  #findUnread(from: number): number | undefined {
    const { ring } = this.#dependencies;
    for (let sequence = from; sequence < ring.end; sequence++) if (isInScope(this, ring.at(sequence))) return sequence;
    return undefined;
  }
}

const NOTHING: readonly WatchEvent[] = [];

function scopeName({ keyPrefix, exactKey, name, field }: WatchScope): string {
  if (exactKey !== undefined) return `=${exactKey}`;
  if (name !== undefined) return `${keyPrefix} ${name}`;
  return field === undefined ? keyPrefix : `${keyPrefix} ${field.name}=${field.value}`;
}
