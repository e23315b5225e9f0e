import type { PathHandler } from '../endpoints/endpoint.ts';
import { parseAccept } from '../discovery/accept.ts';
import type { ServedApi } from '../discovery/served-api.ts';
import type { Answer, ApiRequest, BufferedAnswer, RequestContext } from '../pipeline/api-request.ts';
import { pageNotFound } from '../pipeline/status-answer.ts';
import { DocumentStore, gunzipped, type StoredDocument } from './document-store.ts';
import { NO_REMOTE_DOCUMENTS, type RemoteDocuments } from './remote-documents.ts';

export interface OpenApiOptions {
  /** What is served now; its version changes with its content. */
  served: () => ServedApi;
  /** The version that documents name. */
  gitVersion: string;
  /** The project's own version, with which texts of documents change. */
  release: string;
  /** What other servers describe. */
  remote?: RemoteDocuments;
}

const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const V3_PROTOBUF = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf';
const V3 = '/openapi/v3/';
type Format = 'json' | 'protobuf';

/** Names under which clients ask for the formats; `@` stands in the older spelling. */
const V2_FORMATS: Readonly<Record<string, Format>> = { 'application/json': 'json', [V2_PROTOBUF]: 'protobuf', 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf': 'protobuf' };
const V3_FORMATS: Readonly<Record<string, Format>> = { 'application/json': 'json', [V3_PROTOBUF]: 'protobuf', 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf': 'protobuf' };

/** Answers /openapi/v2, the index at /openapi/v3 and the documents below it. */
export function openApiHandler({ remote = NO_REMOTE_DOCUMENTS, ...options }: OpenApiOptions): PathHandler {
  const store = new DocumentStore({ ...options, remote });
  return {
    paths: ['/openapi/v2', '/openapi/v3'], prefixes: ['/openapi/v3/'],
    handle: async (request, context) => await passedOn(request, context, { store, remote }) ?? answer(request, store, remote),
  };
}

/** A document that this server has itself is never asked for elsewhere. */
function passedOn(request: ApiRequest, context: RequestContext, { store, remote }: { store: DocumentStore; remote: RemoteDocuments }): Promise<Answer> | undefined {
  if (!request.path.startsWith(V3)) return undefined;
  const name = request.path.slice(V3.length);
  return store.hashOf(name) === undefined ? remote.passOn(name, request, context) : undefined;
}

async function answer(request: ApiRequest, store: DocumentStore, remote: RemoteDocuments): Promise<BufferedAnswer> {
  const { path } = request;
  if (path === V3) return empty(404);
  if (path.endsWith('/')) return pageNotFound();
  if (path === '/openapi/v3') return indexAnswer(store, remote.urls());
  const isV2 = path === '/openapi/v2';
  const name = path.slice(V3.length);
  const hash = isV2 ? '' : store.hashOf(name);
  if (hash === undefined) return empty(404);
  const format = chooseFormat(request.headers['accept'], isV2 ? V2_FORMATS : V3_FORMATS);
  if (format === undefined) return { ...empty(406), headers: { Vary: isV2 ? VARY_V2 : 'Accept' } };
  if (isV2) return documentAnswer(request, await store.v2(format), { contentType: format === 'json' ? 'application/json' : V2_PROTOBUF, vary: VARY_V2 });
  const wanted = request.query.get('hash') ?? '';
  if (wanted !== '' && wanted !== hash) return { ...empty(301), headers: { Location: relativeUrl(name, hash), Vary: 'Accept' } };
  return documentAnswer(request, await store.v3(name, format), { contentType: format === 'json' ? 'application/json' : V3_PROTOBUF, isImmutable: wanted !== '' });
}

function chooseFormat(accept: string | undefined, formats: Readonly<Record<string, Format>>): Format | undefined {
  for (const { type } of parseAccept(accept)) {
    const format = type === '*/*' || type === 'application/*' ? 'json' : formats[type];
    if (format !== undefined) return format;
  }
  return undefined;
}

/** Which documents there are, each with the hash of its content, so that clients may keep it for ever. */
function indexAnswer(store: DocumentStore, remoteUrls: ReadonlyMap<string, string>): BufferedAnswer {
  const urls = new Map([...remoteUrls, ...store.hashes().map(([name, hash]) => [name, relativeUrl(name, hash)] as const)]);
  const paths = Object.fromEntries([...urls].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, serverRelativeURL]) => [name, { serverRelativeURL }]));
  return { kind: 'buffered', status: 200, contentType: 'text/plain; charset=utf-8', body: Buffer.from(JSON.stringify({ paths })) };
}

const HASHED_FOR_EVER: Readonly<Record<string, string>> = { 'Cache-Control': 'public, immutable' };

/** Said of each answer, compressed or not. */
const VARY_V2 = 'Accept-Encoding, Accept';

async function documentAnswer(request: ApiRequest, document: StoredDocument, { contentType, vary, isImmutable = false }: { contentType: string; vary?: string; isImmutable?: boolean }): Promise<BufferedAnswer> {
  const etag = `"${document.hash}"`;
  const headers = { ETag: etag, Vary: vary ?? 'Accept', ...(isImmutable && HASHED_FOR_EVER) };
  if (request.headers['if-none-match'] === etag) return { ...empty(304), headers };
  if (takesGzip(request.headers['accept-encoding'] ?? '')) return { kind: 'buffered', status: 200, contentType, body: document.gzipped, headers: { ...headers, 'Content-Encoding': 'gzip', Vary: vary ?? 'Accept, Accept-Encoding' } };
  return { kind: 'buffered', status: 200, contentType, body: await gunzipped(document), headers };
}

function takesGzip(accepted: string): boolean {
  return accepted.split(',').some((one) => /^\s*gzip\s*(;(?!\s*q=0(\.0*)?\s*$).*)?$/i.test(one));
}

function relativeUrl(name: string, hash: string): string {
  return `${V3}${name}?hash=${hash}`;
}

function empty(status: number): BufferedAnswer {
  return { kind: 'buffered', status, contentType: '', body: [] };
}
