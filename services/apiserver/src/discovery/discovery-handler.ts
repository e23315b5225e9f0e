import { createHash } from 'node:crypto';
import { StatusError } from '@kubernode/apimachinery';
import { jsonBytes, wantsPretty } from '../endpoints/encode-value.ts';
import type { PathHandler } from '../endpoints/endpoint.ts';
import { methodNotAllowed } from '../endpoints/router.ts';
import type { ApiRequest, BufferedAnswer } from '../pipeline/api-request.ts';
import { pageNotFound } from '../pipeline/status-answer.ts';
import { groupDiscoveryList } from './aggregated-discovery.ts';
import { apiVersions, groupDocument, groupList } from './group-list.ts';
import { AGGREGATED_PARAMETERS, negotiateDocument, type DocumentFormat, type DocumentType } from './negotiate-document.ts';
import { resourceList } from './resource-list.ts';
import { servedGroups, type ServedApi, type ServedGroup } from './served-api.ts';

/** Writes a document in one encoding. */
export type DocumentEncoder = (document: object) => Buffer;

export interface DiscoveryOptions {
  /** What is served now; asked for every request, so it must be cheap and change its version with its content. */
  served: () => ServedApi;
  /** host:port that /api tells clients. */
  serverAddress: string;
  /** Encodings besides JSON. */
  encoders: Readonly<Record<Exclude<DocumentType, 'application/json'>, DocumentEncoder>>;
}

/** Answers /api, /apis and what lies below them down to a version: which groups, versions and resources are served. */
export function discoveryHandler(options: DiscoveryOptions): PathHandler {
  const cache = new DocumentCache(options);
  return { paths: ['/api', '/apis'], prefixes: ['/api/', '/apis/'], handle: async (request) => answer(request, cache) };
}

function answer(request: ApiRequest, cache: DocumentCache): BufferedAnswer {
  const path = request.path.replace(/\/+$/, '');
  const isVersion = cache.isVersion(path);
  if ((isVersion || path === '/api') && request.method !== 'GET') throw methodNotAllowed();
  if (cache.document(path, PLAIN) === undefined) return unknownPath(path, cache);
  const negotiated = negotiateDocument(request.headers['accept'], { allowAggregated: request.path === '/api' || request.path === '/apis', routed: isVersion || (path === '/api' && !asksForAggregation(request)) });
  const pretty = negotiated.type === 'application/json' && (negotiated.pretty || wantsPretty(request.query, request.headers['user-agent']));
  const document = cache.document(path, { ...negotiated, pretty });
  if (document === undefined) return unknownPath(path, cache);
  if (document.etag === undefined) return { kind: 'buffered', status: 200, contentType: document.contentType, body: document.body };
  const headers = { ETag: document.etag, Vary: 'Accept', 'Cache-Control': 'public' };
  const unchanged = request.headers['if-none-match'] === document.etag;
  return { kind: 'buffered', status: unchanged ? 304 : 200, contentType: document.contentType, body: unchanged ? [] : document.body, headers };
}

/** What exists exists in this form. */
const PLAIN: DocumentFormat = { type: 'application/json', aggregated: false, pretty: false };

/** Whoever wants the aggregated document does not come by the router. */
function asksForAggregation({ headers: { accept = '' } }: ApiRequest): boolean {
  return accept.includes('apidiscovery.k8s.io');
}

/** Below a group that is served the API itself answers; elsewhere nothing does. */
function unknownPath(path: string, cache: DocumentCache): BufferedAnswer {
  const [, prefix, group = ''] = path.split('/');
  if (prefix === 'apis' && (group === '' || !cache.hasGroup(group))) return pageNotFound();
  throw new StatusError({ code: 404, reason: 'NotFound', message: 'the server could not find the requested resource', details: {} });
}

interface EncodedDocument {
  contentType: string;
  body: Buffer;
  /** Quoted; only aggregated documents have one. */
  etag?: string;
}

/** Documents of one version of the served API, each encoded once. Bounded by the number of paths × formats that exist. */
class DocumentCache {
  readonly #options: DiscoveryOptions;
  #version: number | undefined;
  #groups: readonly ServedGroup[] = [];
  readonly #encoded = new Map<string, EncodedDocument>();

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  hasGroup(name: string): boolean {
    return this.#current().some((group) => group.name === name);
  }

  /** /api/v1 and its like: the paths below which resources are, whose router is strict where the documents above them take any method. */
  isVersion(path: string): boolean {
    const [, prefix, ...rest] = path.split('/');
    const [group, version] = prefix === 'api' ? ['', rest[0]] : rest;
    if (rest.length !== (prefix === 'api' ? 1 : 2)) return false;
    return this.#current().some(({ name, versions }) => name === group && versions.some((one) => one.version === version));
  }

  document(path: string, format: DocumentFormat): EncodedDocument | undefined {
    const groups = this.#current();
    const key = `${format.type} ${format.aggregated} ${format.pretty} ${path}`;
    const known = this.#encoded.get(key);
    if (known !== undefined) return known;
    const document = format.aggregated ? aggregatedDocument(path, groups) : plainDocument(path, groups, this.#options.serverAddress);
    if (document === undefined) return undefined;
    const encoded = this.#encode(document, format);
    this.#encoded.set(key, encoded);
    return encoded;
  }

  #current(): readonly ServedGroup[] {
    const served = this.#options.served();
    if (served.version !== this.#version) {
      this.#encoded.clear();
      this.#groups = servedGroups(served);
      this.#version = served.version;
    }
    return this.#groups;
  }

  #encode(document: object, { type, aggregated, pretty }: DocumentFormat): EncodedDocument {
    const json = jsonBytes(document, false);
    const body = type !== 'application/json' ? this.#options.encoders[type](document) : pretty ? jsonBytes(document, true) : json;
    if (!aggregated) return { contentType: type, body };
    return { contentType: type + AGGREGATED_PARAMETERS, body, etag: `"${createHash('sha512').update(json).digest('hex').toUpperCase()}"` };
  }
}

function aggregatedDocument(path: string, groups: readonly ServedGroup[]): object {
  return groupDiscoveryList(groups.filter(({ name }) => (name === '') === (path === '/api')));
}

function plainDocument(path: string, groups: readonly ServedGroup[], serverAddress: string): object | undefined {
  const [, prefix, first, second, ...rest] = path.split('/');
  if (rest.length > 0) return undefined;
  const isCore = prefix === 'api';
  if (first === undefined) return isCore ? apiVersions(groups.find(({ name }) => name === '') ?? NO_CORE, serverAddress) : groupList(groups);
  const group = groups.find(({ name }) => name === (isCore ? '' : first));
  if (group === undefined || (!isCore && first === '')) return undefined;
  const version = isCore ? first : second;
  if (version === undefined) return groupDocument(group);
  const served = isCore && second !== undefined ? undefined : group.versions.find((one) => one.version === version);
  return served && resourceList(served);
}

const NO_CORE: ServedGroup = { name: '', versions: [] };
