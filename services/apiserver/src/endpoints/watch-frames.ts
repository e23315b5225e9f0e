import type { KubeObject } from '@kubernode/apimachinery';
import { frameOf, framesOf, replaceRevision, type StoredObject, type WatchEvent } from '@kubernode/storage';
import { compiledSchema } from '../registry/object-schemas.ts';
import { encodeWatchEvent } from '../registry/protobuf.ts';
import { objectOf, type ServedResource } from '../registry/served-resource.ts';
import type { EndpointServices } from './endpoint-services.ts';
import type { ListRequest } from './list-options.ts';
import { transformObject, type AnswerForm } from './object-answer.ts';

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

export interface WatchFramesParts { served: ServedResource; services: EndpointServices; form: AnswerForm; matches: ListRequest['matches'] }

/** The client asked for a form that no single object has. */
export class UnfitForm extends Error {}

/** Events as they are sent: pieces that follow each other, how many events they are, and how long. */
export interface Frames { readonly pieces: readonly Buffer[]; readonly count: number; readonly bytes: number }

/** What one watch makes of events: which of them it sends and as what bytes. */
export class WatchFrames {
  readonly #parts: WatchFramesParts;
  /** The stored bytes themselves are what the client wants. */
  readonly #isShared: boolean;
  #sentHeaders = false;

  constructor(parts: WatchFramesParts) {
    this.#parts = parts;
    this.#isShared = parts.form.encoding === 'json' && parts.form.transform === 'none' && parts.served.conversion === undefined;
  }

  /** The frames of events; the same for every watch that was given these events, where nothing in them is this client's own. */
  ofEvents(events: readonly WatchEvent[]): Frames {
    if (this.#isShared && this.#parts.matches === undefined) return sharedFrames(events);
    const pieces: Buffer[] = [];
    for (const event of events) {
      const frame = this.#ofEvent(event);
      if (frame !== undefined) pieces.push(frame);
    }
    return { pieces, count: pieces.length, bytes: totalLength(pieces) };
  }

  /** @throws UnfitForm */
  of(type: WatchEvent['type'], stored: StoredObject): Buffer {
    if (this.#isShared) return frameOf(type, stored);
    const value = this.#transformed(objectOf(this.#parts.served, stored));
    this.#sentHeaders = true;
    return this.ofValue(type, value);
  }

  ofValue(type: string, object: object): Buffer {
    const { form, services } = this.#parts;
    if (form.encoding === 'protobuf') return encodeWatchEvent(type, services.encodeProtobuf(object) ?? Buffer.alloc(0));
    return Buffer.from(`${JSON.stringify({ type, object })}\n`);
  }

  /** An object of the kind with nothing but a version: how far the client has got. */
  bookmark(revision: number, initialEventsEnd: boolean): Buffer {
    const { served } = this.#parts;
    const metadata = { resourceVersion: String(revision), ...(initialEventsEnd && { annotations: { [INITIAL_EVENTS_END]: 'true' } }) } as unknown as KubeObject['metadata']; // bookmarks have no name
    const { kind: _kind, apiVersion: _apiVersion, metadata: _metadata, ...zero } = emptyObject(served);
    const object: KubeObject = { kind: served.kind.kind, apiVersion: served.apiVersion, metadata, ...zero };
    return this.ofValue('BOOKMARK', this.#transformed(object));
  }

  /** @throws UnfitForm */
  #transformed(object: KubeObject): object {
    const { served, form, services } = this.#parts;
    if (form.transform === 'PartialObjectMetadataList') throw new UnfitForm();
    return transformObject(served, object, form, services, this.#sentHeaders);
  }

  /** What an event is to this client: an object that comes into its selection is ADDED, one that leaves it DELETED. */
  #ofEvent({ type, object, previous, revision }: WatchEvent): Buffer | undefined {
    const { matches } = this.#parts;
    if (matches === undefined) return this.of(type, object);
    const now = type !== 'DELETED' && matches(object.attributes, object);
    const before = previous !== undefined && matches(previous.attributes, previous);
    if (now) return this.of(before ? 'MODIFIED' : 'ADDED', object);
    if (!before) return undefined;
    return this.of('DELETED', type === 'DELETED' ? object : atRevision(previous, revision));
  }
}

/** What the last watch was given: those that are served after it mostly ask for the same. */
let last: { events: readonly WatchEvent[]; frames: Frames } | undefined;

function sharedFrames(events: readonly WatchEvent[]): Frames {
  if (last?.events !== events) {
    const joined = framesOf(events);
    last = { events, frames: { pieces: [joined], count: events.length, bytes: joined.length } };
  }
  return last.frames;
}

export function totalLength(pieces: readonly Buffer[]): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
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
