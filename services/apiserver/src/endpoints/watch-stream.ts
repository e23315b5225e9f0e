import { StatusError } from '@kubernode/apimachinery';
import { isAbortError, onAbort, unlimitedController } from '@kubernode/base';
import type { ListPage, Watcher, WatchOptions } from '@kubernode/storage';
import type { ApiRequest, RequestContext, StreamSink } from '../pipeline/api-request.ts';
import { toStatusError } from '../pipeline/status-answer.ts';
import { keyPrefix, storeKey, type ServedResource } from '../registry/served-resource.ts';
import type { EndpointServices } from './endpoint-services.ts';
import type { ListRequest } from './list-options.ts';
import type { AnswerForm } from './object-answer.ts';
import { SharedTurn } from './shared-turn.ts';
import { totalLength, UnfitForm, WatchFrames } from './watch-frames.ts';
import { WatchPump, type Sent } from './watch-pump.ts';

/** Handed to the connection at a time: a client that does not read holds no more than this, and the rest waits in the ring. */
const EVENTS_PER_WRITE_MAX = 500;
const BYTES_PER_WRITE = 128 * 1024;
const BOOKMARK_INTERVAL_MS = 60_000;
/** A watch with bookmarks gets a last one this long before it ends, so that the client can go on where it was. */
const LAST_BOOKMARK_BEFORE_END_MS = 2_000;
/** Timers may ring this much too early. */
const TIMER_SLACK_MS = 50;

export interface WatchParts { served: ServedResource; services: EndpointServices; request: ApiRequest; context: RequestContext; options: ListRequest; form: AnswerForm }

/**
 * One client's watch. Costs next to nothing between events: it holds a place in the history that all watches of the resource share, and
 * is woken once for all that happened at a time. While the client does not read it is parked: the history goes on without it, and when
 * that has left it behind, the watch ends with 410.
 */
export class WatchStream {
  readonly #parts: WatchParts;
  readonly #frames: WatchFrames;
  readonly #scope: Pick<WatchOptions, 'keyPrefix' | 'exactKey' | 'name' | 'field'>;
  #sink: StreamSink = CLOSED;
  /** Ends with the client, the server or the watch's time. */
  #signal: AbortSignal = NEVER;
  #endsAt = 0;
  #isBookmarkDue = false;
  /** The state that a watch from now on begins with, until it is sent. */
  #initial: ListPage | undefined;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    const { served, services, form, options, context: { info } } = parts;
    const { storage } = served;
    this.#frames = new WatchFrames({ served, services, form, matches: options.matches });
    this.#scope = {
      keyPrefix: keyPrefix(storage, info.namespace),
      exactKey: info.name !== '' && (info.namespace !== '' || !storage.namespaced) ? storeKey(storage, info.namespace, info.name) : undefined,
      name: info.name === '' ? undefined : info.name,
      field: scopeField(options),
    };
  }

  /** Takes the state from which the watch starts before the client hears that it started: whatever the client does then is an event. */
  async prepare(): Promise<void> {
    const { options: { resourceVersion }, request } = this.#parts;
    if (isFromNow(resourceVersion)) this.#initial = await this.#list(resourceVersion, request.signal);
  }

  async run(sink: StreamSink, clientSignal: AbortSignal): Promise<void> {
    const { services, request, context } = this.#parts;
    const ended = unlimitedController();
    const durationMs = this.#durationMs();
    if (durationMs < 0) return; // its time was over before it began
    using _client = onAbort(clientSignal, () => ended.abort(clientSignal.reason));
    using _timer = services.clock.after(durationMs, () => ended.abort());
    this.#sink = sink;
    this.#signal = ended.signal;
    this.#endsAt = services.clock.monotonicNow() + durationMs;
    try {
      const fromRevision = await this.#sendInitial();
      context.initialized?.();
      await this.#follow(fromRevision);
    } catch (error) {
      if (isAbortError(error) || ended.signal.aborted || error instanceof UnfitForm) return; // who asked for an unfit form hears nothing, but was told that the watch began
      sink.write([this.#frames.ofValue('ERROR', toStatusError(error).toStatus())]);
      if (!(error instanceof StatusError)) services.logger.error('a watch ended by a fault of the server', { path: request.path, error: error instanceof Error ? error.stack : String(error) });
    }
  }

  #durationMs(): number {
    const { options, services } = this.#parts;
    if (options.timeoutSeconds !== undefined && options.timeoutSeconds !== 0) return options.timeoutSeconds * 1000;
    return services.minRequestTimeoutMs * (1 + services.write.rng.next());
  }

  /** What exists as ADDED events, where the client asks for that; the revision after which events follow. */
  async #sendInitial(): Promise<number> {
    const { resourceVersion, sendInitialEvents, allowBookmarks } = this.#parts.options;
    const fromNow = isFromNow(resourceVersion);
    const wanted = sendInitialEvents ?? fromNow;
    if (!wanted && !fromNow) return Number(resourceVersion);
    const { items, revision } = this.#initial ?? await this.#list(resourceVersion, this.#signal);
    this.#initial = undefined;
    if (!wanted) return revision;
    let pieces: Buffer[] = [];
    let bytes = 0;
    for (const item of items) {
      const frame = this.#frames.of('ADDED', item);
      pieces.push(frame);
      bytes += frame.length;
      if (bytes >= BYTES_PER_WRITE) { await this.#send(pieces); pieces = []; bytes = 0; }
    }
    if (allowBookmarks && (sendInitialEvents === true || resourceVersion === '')) pieces.push(this.#frames.bookmark(revision, true));
    if (pieces.length > 0) await this.#send(pieces);
    return revision;
  }

  #list(resourceVersion: string, signal: AbortSignal): Promise<ListPage> {
    const { options: { matches }, served: { storage } } = this.#parts;
    const { keyPrefix: prefix, exactKey } = this.#scope;
    const revision = Number(resourceVersion === '' ? 0 : resourceVersion);
    const freshness = resourceVersion === '' ? { kind: 'consistent' as const } : revision === 0 ? { kind: 'any' as const } : { kind: 'notOlderThan' as const, revision };
    return storage.store.list({
      keyPrefix: prefix, limit: 0, freshness, signal,
      matches: exactKey === undefined ? matches : (attributes, object) => object.key === exactKey && matches?.(attributes, object) !== false,
    });
  }

  /** Sends what happens until the watch is over. */
  async #follow(fromRevision: number): Promise<void> {
    const { served: { storage }, options: { allowBookmarks } } = this.#parts;
    using watcher = storage.store.watch({ ...this.#scope, fromRevision, signal: this.#signal });
    const pump = new WatchPump({ turn, sink: this.#sink, signal: this.#signal, sendNext: () => this.#sendNext(watcher) });
    const wake = (): void => { pump.wake(); };
    using _ended = onAbort(this.#signal, () => { pump.end(); });
    using _bookmarks = allowBookmarks ? this.#remindOfBookmarks(wake) : undefined;
    watcher.onReadable(wake);
    await pump.start();
  }

  /** Sends what is to be sent next. */
  #sendNext(watcher: Watcher): Sent {
    const events = watcher.read(READ_LIMITS);
    if (events.length > 0) {
      const { pieces, count, bytes } = this.#frames.ofEvents(events);
      return count === 0 || this.#write(pieces, count, bytes) ? 'more' : 'slow';
    }
    if (!this.#isBookmarkDue) return 'nothing';
    this.#isBookmarkDue = false;
    const bookmark = this.#frames.bookmark(watcher.revision, false);
    return this.#write([bookmark], 1, bookmark.length) ? 'more' : 'slow';
  }

  /** Says now and then, and shortly before the end, that a bookmark is due. */
  #remindOfBookmarks(wake: () => void): Disposable {
    const { clock } = this.#parts.services;
    let timer: Disposable;
    const plan = (): void => {
      const now = clock.monotonicNow();
      const last = this.#endsAt - LAST_BOOKMARK_BEFORE_END_MS;
      timer = clock.after(last > now + TIMER_SLACK_MS ? Math.min(BOOKMARK_INTERVAL_MS, last - now) : BOOKMARK_INTERVAL_MS, () => { this.#isBookmarkDue = true; plan(); wake(); });
    };
    plan();
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  async #send(frames: readonly Buffer[]): Promise<void> {
    if (!this.#write(frames, frames.length, totalLength(frames))) await this.#sink.drained(this.#signal);
  }

  #write(pieces: readonly Buffer[], count: number, bytes: number): boolean {
    const { services, served } = this.#parts;
    services.watchMetrics.sent(served.facts, count, bytes);
    return this.#sink.write(pieces);
  }
}

/** All watches of a process take their turn together. */
const turn = new SharedTurn();
const READ_LIMITS = { maxEvents: EVENTS_PER_WRITE_MAX, maxBytes: BYTES_PER_WRITE };
const CLOSED: StreamSink = { write: () => true, drained: () => Promise.resolve() };
const NEVER: AbortSignal = new AbortController().signal;

function isFromNow(resourceVersion: string): boolean {
  return /^0*$/.test(resourceVersion);
}

/** Nodes watch their own pods: a field that has to have one value narrows what wakes the watch. */
function scopeField({ fields }: ListRequest): { name: string; value: string } | undefined {
  const term = fields.find(({ field, operator, value }) => operator === '=' && value !== '' && !field.startsWith('metadata.'));
  return term === undefined ? undefined : { name: term.field, value: term.value };
}
