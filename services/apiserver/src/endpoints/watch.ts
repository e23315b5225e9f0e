import { StatusError, internalErrorWithoutReason, type KubeObject } from '@kubernode/apimachinery';
import { isAbortError, linkSignals } from '@kubernode/base';
import { frameOf, replaceRevision, type StoredObject, type Watcher, type WatchEvent } from '@kubernode/storage';
import type { ApiRequest, RequestContext, StreamAnswer, StreamSink } from '../pipeline/api-request.ts';
import { toStatusError } from '../pipeline/status-answer.ts';
import { compiledSchema } from '../registry/object-schemas.ts';
import { encodeWatchEvent } from '../registry/protobuf.ts';
import { keyPrefix, objectOf, storeKey, type ServedResource } from '../registry/served-resource.ts';
import type { EndpointServices, Verb } from './endpoint-services.ts';
import { listRequest, selectableFieldNames, type ListRequest } from './list-options.ts';
import { contentTypeOf, negotiate, notAcceptable } from './negotiation.ts';
import { formOf, transformObject, type AnswerForm } from './object-answer.ts';
import { parseResourceVersion } from './request-options.ts';

/** Events handed to the connection at a time. */
const EVENTS_PER_WRITE_MAX = 500;
const BOOKMARK_INTERVAL_MS = 60_000;
/** A watch with bookmarks gets a last one this long before it ends, so that the client can go on where it was. */
const LAST_BOOKMARK_BEFORE_END_MS = 2_000;
/** Timers may ring this much too early. */
const TIMER_SLACK_MS = 50;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** GET of a collection with `watch`: what exists or happened since, then events as they come, until the time is over. */
export const watch: Verb = (served, services) => {
  const fields = selectableFieldNames(served);
  return async (request, context) => {
    const negotiated = negotiate(request.headers['accept'], { transforms: ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'], watchable: true });
    if (negotiated.encoding === 'yaml') throw notAcceptable(['json', 'protobuf'], ';stream=watch');
    const form = formOf(request, negotiated);
    const options = listRequest(request.query, served, fields);
    if (options.resourceVersion !== '') parseResourceVersion(options.resourceVersion, internalErrorWithoutReason);
    return new WatchStream({ served, services, request, context, options, form }).answer();
  };
};

interface WatchParts { served: ServedResource; services: EndpointServices; request: ApiRequest; context: RequestContext; options: ListRequest; form: AnswerForm }

/** One client's watch. Costs nothing between events: the history is the store's, shared by all. */
class WatchStream {
  readonly #parts: WatchParts;
  readonly #prefix: string;
  readonly #exactKey: string | undefined;
  #headersSent = false;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    const { served: { storage }, context: { info } } = parts;
    this.#prefix = keyPrefix(storage, info.namespace);
    this.#exactKey = info.name !== '' && (info.namespace !== '' || !storage.namespaced) ? storeKey(storage, info.namespace, info.name) : undefined;
  }

  answer(): StreamAnswer {
    const { form } = this.#parts;
    return { kind: 'stream', status: 200, contentType: contentTypeOf(form.encoding, { stream: form.encoding === 'protobuf' }), write: (sink, signal) => this.#write(sink, signal) };
  }

  async #write(sink: StreamSink, clientSignal: AbortSignal): Promise<void> {
    const { services, served, request } = this.#parts;
    using ended = linkSignals(clientSignal, request.signal);
    const durationMs = this.#durationMs();
    using _timer = services.clock.after(durationMs, () => ended.abort());
    using _counted = services.watchMetrics.started(served.kind);
    try {
      const fromRevision = await this.#sendInitial(sink, ended.signal);
      this.#parts.context.initialized?.();
      await this.#follow({ sink, signal: ended.signal, fromRevision, endsAt: services.clock.monotonicNow() + durationMs });
    } catch (error) {
      if (isAbortError(error) || ended.signal.aborted) return;
      sink.write([this.#valueFrame('ERROR', toStatusError(error).toStatus())]);
      if (!(error instanceof StatusError)) services.logger.error('a watch ended by a fault of the server', { path: request.path, error: error instanceof Error ? error.stack : String(error) });
    }
  }

  #durationMs(): number {
    const { options, services } = this.#parts;
    if (options.timeoutSeconds !== undefined && options.timeoutSeconds > 0) return options.timeoutSeconds * 1000;
    return services.minRequestTimeoutMs * (1 + services.write.rng.next());
  }

  /** What exists as ADDED events, where the client asks for that; the revision after which events follow. */
  async #sendInitial(sink: StreamSink, signal: AbortSignal): Promise<number> {
    const { options: { resourceVersion, sendInitialEvents, allowBookmarks, matches }, served: { storage } } = this.#parts;
    const fromNow = resourceVersion === '' || resourceVersion === '0';
    const wanted = sendInitialEvents ?? fromNow;
    if (!wanted && !fromNow) return Number(resourceVersion);
    const revision = Number(resourceVersion === '' ? 0 : resourceVersion);
    const freshness = resourceVersion === '' ? { kind: 'consistent' as const } : revision === 0 ? { kind: 'any' as const } : { kind: 'notOlderThan' as const, revision };
    const page = await storage.store.list({ keyPrefix: this.#prefix, limit: 0, freshness, signal, matches: this.#exactKey === undefined ? matches : (attributes, object) => object.key === this.#exactKey && matches?.(attributes, object) !== false });
    if (wanted) {
      for (let i = 0; i < page.items.length; i += EVENTS_PER_WRITE_MAX) await this.#send(sink, signal, page.items.slice(i, i + EVENTS_PER_WRITE_MAX).map((item) => this.#frame('ADDED', item)));
      if (allowBookmarks && (sendInitialEvents === true || resourceVersion === '')) await this.#send(sink, signal, [this.#bookmark(page.revision, true)]);
    }
    return page.revision;
  }

  async #follow({ sink, signal, fromRevision, endsAt }: { sink: StreamSink; signal: AbortSignal; fromRevision: number; endsAt: number }): Promise<void> {
    const { served: { storage }, options: { allowBookmarks } } = this.#parts;
    using watcher = storage.store.watch({ fromRevision, keyPrefix: this.#prefix, exactKey: this.#exactKey, signal });
    let nextBookmark = this.#nextBookmark(endsAt);
    while (!signal.aborted) {
      const events = allowBookmarks ? await this.#nextOrBookmark(watcher, signal, nextBookmark) : await watcher.next({ maxEvents: EVENTS_PER_WRITE_MAX, signal });
      if (events === 'bookmark') {
        await this.#send(sink, signal, [this.#bookmark(watcher.revision, false)]);
        nextBookmark = this.#nextBookmark(endsAt);
        continue;
      }
      const frames = events.map((event) => this.#frameOfEvent(event)).filter((frame) => frame !== undefined);
      if (frames.length > 0) await this.#send(sink, signal, frames);
    }
  }

  /** When the next one is due, in monotonic ms. */
  #nextBookmark(endsAt: number): number {
    const now = this.#parts.services.clock.monotonicNow();
    const last = endsAt - LAST_BOOKMARK_BEFORE_END_MS;
    return last > now + TIMER_SLACK_MS ? Math.min(now + BOOKMARK_INTERVAL_MS, last) : now + BOOKMARK_INTERVAL_MS;
  }

  async #nextOrBookmark(watcher: Watcher, signal: AbortSignal, dueAt: number): Promise<readonly WatchEvent[] | 'bookmark'> {
    const { clock } = this.#parts.services;
    using waiting = linkSignals(signal);
    let due = false;
    using _timer = clock.after(Math.max(0, dueAt - clock.monotonicNow()), () => { due = true; waiting.abort(); });
    try {
      return await watcher.next({ maxEvents: EVENTS_PER_WRITE_MAX, signal: waiting.signal });
    } catch (error) {
      if (due && !signal.aborted && isAbortError(error)) return 'bookmark';
      throw error;
    }
  }

  async #send(sink: StreamSink, signal: AbortSignal, frames: readonly Buffer[]): Promise<void> {
    const { services, served } = this.#parts;
    services.watchMetrics.sent(served.kind, frames.length, frames.reduce((sum, frame) => sum + frame.length, 0));
    if (!sink.write(frames)) await sink.drained(signal);
  }

  /** What an event is to this client: an object that comes into its selection is ADDED, one that leaves it DELETED. */
  #frameOfEvent({ type, object, previous, revision }: WatchEvent): Buffer | undefined {
    const { matches } = this.#parts.options;
    if (matches === undefined) return this.#frame(type, object);
    const now = type !== 'DELETED' && matches(object.attributes, object);
    const before = previous !== undefined && matches(previous.attributes, previous);
    if (now) return this.#frame(before ? 'MODIFIED' : 'ADDED', object);
    if (!before) return undefined;
    return this.#frame('DELETED', type === 'DELETED' ? object : atRevision(previous, revision));
  }

  #frame(type: WatchEvent['type'], stored: StoredObject): Buffer {
    const { served, form, services } = this.#parts;
    if (form.encoding === 'json' && form.transform === 'none' && served.conversion === undefined) return frameOf(type, stored);
    const value = transformObject(served, objectOf(served, stored), form, services, this.#headersSent);
    this.#headersSent = true;
    return this.#valueFrame(type, value);
  }

  #valueFrame(type: string, object: object): Buffer {
    const { form, services } = this.#parts;
    if (form.encoding === 'protobuf') return encodeWatchEvent(type, services.encodeProtobuf(object) ?? Buffer.alloc(0));
    return Buffer.from(`${JSON.stringify({ type, object })}\n`);
  }

  /** An object of the kind with nothing but a version: how far the client has got. */
  #bookmark(revision: number, initialEventsEnd: boolean): Buffer {
    const { served, form, services } = this.#parts;
    const metadata = { resourceVersion: String(revision), ...(initialEventsEnd && { annotations: { [INITIAL_EVENTS_END]: 'true' } }) } as unknown as KubeObject['metadata']; // bookmarks have no name
    const { kind: _kind, apiVersion: _apiVersion, metadata: _metadata, ...zero } = emptyObject(served);
    const object: KubeObject = { kind: served.kind.kind, apiVersion: served.apiVersion, metadata, ...zero };
    return this.#valueFrame('BOOKMARK', transformObject(served, object, form, services, this.#headersSent));
  }
}

/** What is always written of the kind, even when nothing is set. */
function emptyObject({ facts: { schema } }: ServedResource): Record<string, unknown> {
  return (schema === undefined ? undefined : compiledSchema(schema))?.normalise({}).object ?? {};
}

/** The object as it was, under the revision at which it left. */
function atRevision(stored: StoredObject, revision: number): StoredObject {
  const bytes = replaceRevision(stored.bytes, revision);
  const decode = <T>(): T => JSON.parse(bytes.toString()) as T; // the same type as before
  return { key: stored.key, revision, bytes, attributes: stored.attributes, decode, read: decode };
}
