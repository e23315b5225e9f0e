import { badRequest, formatApiVersion, fromStatus, type KubeList, type ObjectMeta, type Status } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import { systemClock, systemRng, type Clock, type Rng } from '@kubernode/base';
import type { Client, Fence, Patch, RawRequest, RawResponse, Target, Transport, WatchedEvent } from './client.ts';
import { queryOf, resourcePath, selectorParameters } from './resource-path.ts';
import { callWithRetries } from './retry.ts';
import { refusalOf } from './status-of-response.ts';

export interface ClientOptions {
  transport: Transport;
  /** `COMPONENT/VERSION`: what audit logs and managed fields name as the writer. */
  userAgent: string;
  /** Asked before each write; what it gives makes the write conditional on still being the leader. */
  fence?: (() => Fence | undefined) | undefined;
  /** Of the trace that all its calls belong to. */
  traceparent?: string | undefined;
  clock?: Clock;
  rng?: Rng;
}

/** How long a server keeps a watch open, seconds; random between this and twice this, so that watches do not all end at once. */
const WATCH_TIMEOUT_MIN_SECONDS = 300;

const PATCH_TYPES: Readonly<Record<Patch['type'], string>> = {
  merge: 'application/merge-patch+json', strategic: 'application/strategic-merge-patch+json', json: 'application/json-patch+json', apply: 'application/apply-patch+yaml',
};

const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** A client over a transport. It starts nothing; `close` closes the transport. */
export function createClient(options: ClientOptions): Client {
  const { transport, userAgent, fence, traceparent, clock = systemClock, rng = systemRng } = options;
  const request = (raw: RawRequest): Promise<RawResponse> => {
    const fenced = raw.method === 'GET' ? undefined : fence?.();
    return callWithRetries((one) => transport.call(one), { userAgent, traceparent, ...raw, ...(fenced && { fence: fenced }) }, { clock, rng });
  };
  const send = async <R>(raw: RawRequest): Promise<R> => {
    const { status, body } = await request(raw);
    if (status >= 400) throw refusalOf(status, body);
    return JSON.parse(body.toString('utf8')) as R; // the server's answer is of the resource asked for
  };
  const write = <R>(method: string, path: string, body: unknown, contentType: string, signal: AbortSignal | undefined, once?: boolean): Promise<R> =>
    send<R>({ method, path, contentType, body: Buffer.from(JSON.stringify(body)), signal, ...(once === true && { once }) });
  return {
    get: (resource, target, { signal, metadataOnly } = {}) => send({ method: 'GET', path: resourcePath(resource, target), signal, ...(metadataOnly === true && { accept: METADATA }) }),
    async list<T>(resource: ResourceRef<T>, { signal, limit, continue: from, resourceVersion, ...selector }: Parameters<Client['list']>[1] = {}) {
      const path = resourcePath(resource, selector) + queryOf({ ...selectorParameters(selector), limit, continue: from, resourceVersion });
      return withKinds(resource, await send<KubeList<T>>({ method: 'GET', path, signal, ...(selector.metadataOnly === true && { accept: METADATA_LIST }) }));
    },
    create(resource, object, { signal, namespace, target, dryRun } = {}) {
      const body = target === undefined ? withKind(resource, object) : object;
      const path = resourcePath(resource, target ?? { namespace: namespaceOf(resource, object, namespace) }) + queryOf({ dryRun: dryRun === true ? 'All' : undefined });
      return write('POST', path, body, 'application/json', signal);
    },
    update: (resource, object, { signal, subresource, once } = {}) => write('PUT', resourcePath(resource, targetOf(object.metadata, subresource)), withKind(resource, object), 'application/json', signal, once),
    patch(resource, target, patch, { signal } = {}) {
      const query = patch.type === 'apply' ? queryOf({ fieldManager: patch.fieldManager, force: patch.force }) : '';
      return write('PATCH', resourcePath(resource, target) + query, patch.body, PATCH_TYPES[patch.type], signal);
    },
    async delete(resource, target, { signal, ...options } = {}) {
      await write('DELETE', resourcePath(resource, target), deleteOptions(options), 'application/json', signal);
    },
    async deleteCollection(resource, { signal, propagationPolicy, ...selector }) {
      const path = resourcePath(resource, selector) + queryOf(selectorParameters(selector));
      if (propagationPolicy === undefined) await send({ method: 'DELETE', path, signal });
      else await write('DELETE', path, deleteOptions({ propagationPolicy }), 'application/json', signal);
    },
    watch<T>(resource: ResourceRef<T>, { resourceVersion, initialEvents, signal, ...selector }: Parameters<Client['watch']>[1]) {
      const timeoutSeconds = Math.floor(WATCH_TIMEOUT_MIN_SECONDS * (1 + rng.next()));
      const path = resourcePath(resource, selector) + queryOf({ watch: true, allowWatchBookmarks: true, resourceVersion, ...(initialEvents === true && { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }), timeoutSeconds, ...selectorParameters(selector) });
      return watchEvents<T>(transport.watch({ method: 'GET', path, userAgent, signal, ...(selector.metadataOnly === true && { accept: METADATA }) }));
    },
    request,
    ...(transport.holdLease && { holdLease: transport.holdLease }),
    traced: (parent) => createClient({ ...options, traceparent: parent }),
    close: () => { transport.close(); },
  };
}

async function* watchEvents<T>(lines: AsyncIterable<Buffer>): AsyncGenerator<WatchedEvent<T>, void, undefined> {
  for await (const line of lines) {
    const event = JSON.parse(line.toString('utf8')) as WatchedEvent<T> | { type: 'ERROR'; object: Status }; // the watch protocol
    if (event.type === 'ERROR') throw fromStatus(event.object);
    yield event;
  }
}

function targetOf({ name, namespace }: ObjectMeta, subresource: string | undefined): Target {
  return { name, namespace, subresource };
}

function namespaceOf(resource: ResourceRef, object: unknown, given: string | undefined): string | undefined {
  if (!resource.namespaced) return undefined;
  const namespace = given ?? (object as { metadata?: Partial<ObjectMeta> }).metadata?.namespace; // an object of the API, by contract
  if (namespace === undefined || namespace === '') throw badRequest('an empty namespace may not be set during creation');
  return namespace;
}

function withKind(resource: ResourceRef, object: unknown): unknown {
  return { kind: resource.kind, apiVersion: formatApiVersion(resource), ...(object as object) }; // an object of the API, by contract
}

/** Items of a list come without kind and apiVersion; here they are as if each had been read alone. */
function withKinds<T>(resource: ResourceRef<T>, list: KubeList<T>): KubeList<T> {
  const type = { kind: resource.kind, apiVersion: formatApiVersion(resource) };
  const items = (list.items as T[] | null) ?? []; // Go servers send null for an empty list
  return { ...list, items: items.map((item) => ({ ...type, ...item })) };
}

function deleteOptions({ gracePeriodSeconds, propagationPolicy, uid, resourceVersion }: NonNullable<Parameters<Client['delete']>[2]>): unknown {
  const preconditions = uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion };
  return { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds, propagationPolicy, preconditions };
}
