import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { servedGroups, type OfferedResource, type ServedApi } from '../discovery/served-api.ts';
import { loadDescriptions, type Descriptions } from './load-descriptions.ts';
import { mergeSwagger } from './merge-swagger.ts';
import { documentOperations, documentPath } from './path-operations.ts';
import type { RemoteDocuments } from './remote-documents.ts';
import type { Swagger } from './swagger-references.ts';
import { v2Document } from './v2-document.ts';
import { encodeV2Document } from './v2-protobuf.ts';
import { v3Document, type DocumentInfo, type V3Document } from './v3-document.ts';
import { encodeV3Document } from './v3-protobuf.ts';

export interface StoredDocument {
  hash: string;
  /** Kept compressed: a tenth of the size, and most clients take it as it is. */
  gzipped: Buffer;
}

interface KnownDocument { hash: string; make: (descriptions: Descriptions) => V3Document }

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/**
 * OpenAPI documents, made when first asked for and kept compressed until what they describe changes. Of a document that is being made, all
 * who ask wait for the same one. Holds at most one document for each path and format.
 */
export class DocumentStore {
  readonly #served: () => ServedApi;
  readonly #info: DocumentInfo;
  readonly #release: string;
  readonly #remote: RemoteDocuments;
  #version: string | undefined;
  #known: ReadonlyMap<string, KnownDocument> = new Map();
  #made = new Map<string, Promise<StoredDocument>>();

  constructor({ served, gitVersion, release, remote }: { served: () => ServedApi; gitVersion: string; release: string; remote: RemoteDocuments }) {
    this.#served = served;
    this.#release = release;
    this.#remote = remote;
    this.#info = { title: 'Kubernetes', version: gitVersion };
  }

  /** All documents by name (`apis/apps/v1`) with their hashes. */
  hashes(): [name: string, hash: string][] {
    return [...this.#current()].map(([name, { hash }]) => [name, hash]);
  }

  hashOf(name: string): string | undefined {
    return this.#current().get(name)?.hash;
  }

  /** The name has to be a known one. */
  v3(name: string, format: 'json' | 'protobuf'): Promise<StoredDocument> {
    const known = this.#current().get(name);
    if (known === undefined) return Promise.reject(new Error(`no OpenAPI document "${name}"`));
    return this.#once(`v3 ${format} ${known.hash}`, known.hash, (descriptions) => {
      const document = known.make(descriptions);
      return format === 'json' ? Buffer.from(JSON.stringify(document)) : encodeV3Document(document);
    });
  }

  /** Of this server and all others. */
  v2(format: 'json' | 'protobuf'): Promise<StoredDocument> {
    const hash = sha512([this.hashes(), this.#remote.swagger().map(({ tag }) => tag)].flat(2).join(' '));
    return this.#once(`v2 ${format} ${hash}`, hash, (descriptions) => {
      const { resources } = this.#served();
      const operations = [...documentOperations(servedGroups(this.#served())).values()].flatMap((make) => make());
      const own = v2Document(operations, { resources, descriptions }, this.#info) as object as Swagger; // holds nothing but JSON
      const document = mergeSwagger(own, this.#remote.swagger().map((one) => one.document));
      return format === 'json' ? Buffer.from(JSON.stringify(document)) : encodeV2Document(document);
    });
  }

  #once(key: string, hash: string, make: (descriptions: Descriptions) => Buffer): Promise<StoredDocument> {
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made = loadDescriptions().then(make).then((plain) => compress(plain)).then((gzipped) => ({ hash, gzipped }));
    this.#made.set(key, made);
    made.catch(() => this.#made.delete(key));
    return made;
  }

  /** A hash stands for what a document is made of, so that the index is known without making any. */
  #current(): ReadonlyMap<string, KnownDocument> {
    const served = this.#served();
    const version = `${served.version} ${this.#remote.revision}`;
    if (version === this.#version) return this.#known;
    const converted = [...this.#remote.converted()].map(([name, { tag, document }]): [string, KnownDocument] => [name, { hash: sha512(tag), make: () => document }]);
    this.#known = new Map([...converted, ...this.#own(served)].sort(([a], [b]) => (a < b ? -1 : 1)));
    const hashes = new Set([...this.#known.values()].map(({ hash }) => hash));
    this.#made = new Map([...this.#made].filter(([key]) => hashes.has(key.slice(key.lastIndexOf(' ') + 1))));
    this.#version = version;
    return this.#known;
  }

  #own(served: ServedApi): [string, KnownDocument][] {
    const groups = servedGroups(served);
    const byPath = new Map(groups.flatMap(({ versions }) => versions.map((version) => [documentPath(version), version.resources])));
    return [...documentOperations(groups)].map(([name, operations]) => {
      const resources: readonly OfferedResource[] = byPath.get(name) ?? [];
      return [name, { hash: sha512(JSON.stringify([this.#info, this.#release, name, resources])), make: (descriptions) => v3Document(operations(), { resources, descriptions }, this.#info) }];
    });
  }
}

export async function gunzipped({ gzipped }: StoredDocument): Promise<Buffer> {
  return decompress(gzipped);
}

function sha512(text: string): string {
  return createHash('sha512').update(text).digest('hex').toUpperCase();
}
