import { StatusError, type KubeObject, type ListMeta } from '@kubernode/apimachinery';
import type { Freshness, ListPage, StoredObject } from '@kubernode/storage';
import type { ApiRequest, BufferedAnswer } from '../pipeline/api-request.ts';
import { jsonAnswer } from '../pipeline/status-answer.ts';
import { bytesOf, goTypeOf, headLength, keyPrefix, listKindOf, objectOf, type ServedResource } from '../registry/served-resource.ts';
import { encodeContinue } from './continue-token.ts';
import type { EndpointServices, Verb } from './endpoint-services.ts';
import { isPlain, valueAnswer } from './encode-value.ts';
import { listRequest, selectableFieldNames, type ListRequest } from './list-options.ts';
import { contentTypeOf, unfitTransform } from './negotiation.ts';
import { listForm, type AnswerForm } from './object-answer.ts';
import { partialMetadataList } from './partial-metadata.ts';
import { SharedBody } from './shared-body.ts';

/** GET of a collection, from the watch cache. */
export const list: Verb = (served, services) => {
  const fields = selectableFieldNames(served);
  const shared = new SharedBody();
  return async (request, context) => {
    const form = listForm(request, served);
    const options = listRequest(request.query, served, fields);
    const prefix = keyPrefix(served.storage, context.info.namespace);
    try {
      const page = await readPage(served, request, prefix, options);
      return pageAnswer(served, page, { prefix, form, services, shared: isWhole(page, options) ? shared : undefined });
    } catch (error) {
      if (options.continued && error instanceof StatusError && error.code === 410) return expiredAnswer(options);
      throw error;
    }
  };
};

/** A page as the client wants it. `shared`: everybody who asks for this revision of the prefix gets the same. */
export function pageAnswer(served: ServedResource, page: ListPage, { prefix, form, services, shared }: { prefix: string; form: AnswerForm; services: EndpointServices; shared?: SharedBody | undefined }): BufferedAnswer {
  const metadata = listMetadata(page, prefix.length);
  if (served.custom !== undefined && form.transform === 'none') metadata.continue ??= ''; // always written there
  const body = (): BufferedAnswer['body'] => joinItems(served, page.items, metadata, headLength(served));
  if (isPlain(form, form.pretty)) return { kind: 'buffered', status: 200, contentType: contentTypeOf(form.encoding), body: shared === undefined ? body() : shared.get(`${page.revision} ${prefix}`, body) };
  return valueAnswer(200, transformList(served, page.items.map((item) => objectOf(served, item)), metadata, { form, services }), { encoding: form.encoding, pretty: form.pretty, encodeProtobuf: services.encodeProtobuf });
}

export function readPage({ storage }: ServedResource, request: Pick<ApiRequest, 'signal'>, prefix: string, options: ListRequest): Promise<ListPage> {
  const isRead = selectsOne(options) && (prefix !== '' || !storage.namespaced);
  const ignoresLimit = options.freshness.kind === 'any' || isRead;
  return storage.store.list({
    keyPrefix: prefix, limit: ignoresLimit ? 0 : options.limit, matches: options.matches, freshness: isRead ? freshnessOfRead(options) : options.freshness, signal: request.signal,
    afterKey: options.afterKey === undefined ? undefined : prefix + options.afterKey,
  });
}

/** A selector for one name makes the list a read of that object, which has no pages. */
function selectsOne({ fields }: ListRequest): boolean {
  return fields.some(({ field, operator }) => field === 'metadata.name' && operator === '=');
}

/** A limit makes a resourceVersion exact only where there are pages. */
export function freshnessOfRead({ freshness, resourceVersionMatch, continued }: Pick<ListRequest, 'freshness' | 'resourceVersionMatch' | 'continued'>): Freshness {
  return freshness.kind === 'exact' && resourceVersionMatch === '' && !continued ? { kind: 'notOlderThan', revision: freshness.revision } : freshness;
}

function listMetadata({ revision, nextKey, remaining }: ListPage, prefixLength: number): ListMeta {
  return {
    resourceVersion: String(revision),
    ...(nextKey !== undefined && { continue: encodeContinue(nextKey.slice(prefixLength), revision) }),
    ...(remaining !== undefined && remaining > 0 && { remainingItemCount: remaining }),
  };
}

/** All that is there at its revision: the same for everybody who asks for that. */
function isWhole({ nextKey }: ListPage, { matches, afterKey }: ListRequest): boolean {
  return nextKey === undefined && matches === undefined && afterKey === undefined;
}

function transformList(served: ServedResource, objects: readonly KubeObject[], metadata: ListMeta, { form, services }: { form: AnswerForm; services: EndpointServices }): object {
  switch (form.transform) {
    case 'none': return { kind: listKindOf(served), apiVersion: served.apiVersion, metadata, items: served.custom === undefined ? objects.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item) : objects };
    case 'PartialObjectMetadata': throw unfitTransform(`you requested PartialObjectMetadata, but the requested object is a list (${goTypeOf(served, 'List')})`);
    case 'PartialObjectMetadataList': return partialMetadataList(objects, metadata, form.transformVersion);
    case 'Table': return services.printTable(served, objects, { metadata: { ...metadata }, version: form.transformVersion, includeObject: form.includeObject, now: services.clock.now() });
  }
}

const COMMA = 0x2c;
const BRACE = 0x7b;
/** Pieces of a list body: big enough to be few, small enough to be sent while the client reads. */
const PIECE_BYTES = 1024 * 1024;

/** The list's JSON from the objects' own bytes, which are copied once and never parsed. Items go without kind and apiVersion. */
function joinItems(served: ServedResource, items: readonly StoredObject[], metadata: ListMeta, head: number): Buffer | Buffer[] {
  const start = Buffer.from(`{"kind":"${listKindOf(served)}","apiVersion":"${served.apiVersion}","metadata":${JSON.stringify(metadata)},"items":[`);
  const bodies = items.map((item) => bytesOf(served, item));
  let total = start.length + 3;
  for (const body of bodies) total += body.length - head + 2;
  const writer = new PieceWriter(total);
  writer.bytes(start, 0);
  for (const [index, body] of bodies.entries()) {
    if (index > 0) writer.byte(COMMA);
    writer.byte(BRACE);
    writer.bytes(body, head);
  }
  writer.bytes(END, 0);
  return writer.done();
}

const END = Buffer.from(']}\n');

/** Fills buffers of a known total size one after the other. */
class PieceWriter {
  readonly #pieces: Buffer[] = [];
  #current: Buffer;
  #used = 0;
  #left: number;

  constructor(total: number) {
    this.#left = total;
    this.#current = Buffer.allocUnsafe(Math.min(total, PIECE_BYTES));
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#current[this.#used++] = value;
  }

  bytes(source: Buffer, from: number): void {
    this.#reserve(source.length - from);
    this.#used += source.copy(this.#current, this.#used, from);
  }

  done(): Buffer | Buffer[] {
    this.#finish();
    return this.#pieces.length === 1 ? this.#current.subarray(0, this.#used) : this.#pieces;
  }

  #reserve(length: number): void {
    if (this.#used + length <= this.#current.length) return;
    this.#finish();
    this.#current = Buffer.allocUnsafe(Math.max(length, Math.min(this.#left, PIECE_BYTES)));
    this.#used = 0;
  }

  #finish(): void {
    this.#pieces.push(this.#current.subarray(0, this.#used));
    this.#left -= this.#used;
  }
}

/** A page's revision is compacted away: the answer tells how to go on without it. */
function expiredAnswer({ afterKey = '' }: ListRequest): BufferedAnswer {
  const message = 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
  const status = { kind: 'Status', apiVersion: 'v1', metadata: { continue: encodeContinue(afterKey, -1) }, status: 'Failure', message, reason: 'Expired', code: 410 };
  return jsonAnswer(410, status);
}

