import {
  alreadyExists, jsonEquals, applyMergePatch, applyStrategicMergePatch, expired, formatApiVersion, matchesFields, matchesLabels, modifiedSince, notFound, objectKey,
  parseFieldSelector, parseLabelSelector, type Json, type JsonObject, type KubeList, type KubeObject,
} from '@kubernode/apimachinery';
import { resourceFacts, resources, schemas, type ResourceRef } from '@kubernode/api';
import { onAbort } from '@kubernode/base';
import type { Client, ListSelector, Patch, Target, WatchedEvent } from '@kubernode/client';

/** One call that changed or tried to change something, in the order of the calls. */
export interface RecordedWrite { verb: 'create' | 'update' | 'patch' | 'delete'; resource: string; subresource?: string | undefined; key: string; body?: unknown }

/** A client whose cluster is a map in memory: versions, conflicts, finalizers and watches as the API has them, no validation or defaults. */
export interface FakeClient extends Client {
  readonly writes: RecordedWrite[];
  /** Puts an object in, as another client would. */
  put(object: object): void;
  /** What is stored now. */
  stored<T>(resource: ResourceRef<T>, key: string): T | undefined;
  all<T>(resource: ResourceRef<T>): readonly T[];
  /** Called before each write; throw to refuse it. */
  onWrite: ((write: RecordedWrite) => void) | undefined;
}

export interface FakeClientOptions { now?: () => number }

/** A fake cluster that holds `objects`. */
export function createFakeClient(objects: readonly object[] = [], { now = () => 0 }: FakeClientOptions = {}): FakeClient {
  const world = new World(now);
  for (const object of objects) world.put(object as KubeObject); // objects of the API, by contract
  return {
    get writes() { return world.writes; },
    get onWrite() { return world.onWrite; },
    set onWrite(hook) { world.onWrite = hook; },
    put: (object) => { world.put(object as KubeObject); }, // as above
    stored: <T>(resource: ResourceRef<T>, key: string) => world.find(resource, key) as T | undefined, // stored under its resource
    all: <T>(resource: ResourceRef<T>) => world.select(resource, {}) as unknown as readonly T[], // as above
    get: <T>(resource: ResourceRef<T>, target: Target) => settle(() => copy(world.get(resource, target)) as T), // as above
    list: <T>(resource: ResourceRef<T>, options: ListSelector = {}) => settle(() => world.list(resource, options) as unknown as KubeList<T>), // as above
    create: <T, R>(resource: ResourceRef<T>, object: unknown, options: Parameters<Client['create']>[2] = {}) => settle(() => world.create(resource, copy(object) as KubeObject, options) as R), // by contract
    update: <T>(resource: ResourceRef<T>, object: T, options: { subresource?: string } = {}) => settle(() => world.update(resource, copy(object) as KubeObject, options.subresource) as T), // by contract
    patch: <T>(resource: ResourceRef<T>, target: Target, patch: Patch) => settle(() => world.patch(resource, target, patch) as T), // stored under its resource
    delete: (resource, target, options = {}) => settle(() => { world.delete(resource, target, options); }),
    deleteCollection: (resource, options) => settle(() => { for (const one of world.select(resource, options)) world.delete(resource, one.metadata, {}); }),
    watch: <T>(resource: ResourceRef<T>, options: Parameters<Client['watch']>[1]) => world.watch(resource, options) as AsyncIterable<WatchedEvent<T>>, // as above
    request: () => Promise.reject(new Error('the fake client answers typed calls only')),
    close: () => undefined,
  };
}

async function settle<R>(action: () => R): Promise<R> {
  await Promise.resolve();
  return action();
}

function plain(value: unknown): Json { return JSON.parse(JSON.stringify(value)) as Json; } // what was just written as JSON

function copy<T>(value: T): T { return structuredClone(value); }

interface Change { version: number; resource: string; type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeObject; before: KubeObject | undefined }

class World {
  readonly writes: RecordedWrite[] = [];
  onWrite: ((write: RecordedWrite) => void) | undefined;
  readonly #objects = new Map<string, Map<string, KubeObject>>(); // by resource, then key
  readonly #history: Change[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #now: () => number;
  #version = 1;

  constructor(now: () => number) { this.#now = now; }

  put(object: KubeObject): void {
    const facts = resources.find((r) => r.kind === object.kind && formatApiVersion(r) === object.apiVersion);
    if (facts === undefined) throw new Error(`unknown kind ${object.apiVersion} ${object.kind}`);
    this.#store(facts, copy(object));
  }

  find(resource: ResourceRef, key: string): KubeObject | undefined { return this.#objects.get(idOf(resource))?.get(key); }

  get(resource: ResourceRef, target: Target): KubeObject {
    const found = this.find(resource, objectKey(targetKey(target)));
    if (found === undefined) throw notFound(resource, target.name);
    return found;
  }

  select(resource: ResourceRef, selector: ListSelector): KubeObject[] {
    return [...this.#objects.get(idOf(resource))?.values() ?? []].filter((object) => selects(selector, object));
  }

  list(resource: ResourceRef, selector: ListSelector): KubeList {
    return { kind: `${resource.kind}List`, apiVersion: formatApiVersion(resource), metadata: { resourceVersion: String(this.#version) }, items: this.select(resource, selector).map(copy) };
  }

  create(resource: ResourceRef, object: KubeObject, { namespace, target }: { namespace?: string; target?: Target }): KubeObject {
    if (target !== undefined) return this.#createSubresource(resource, target, object);
    const meta = object.metadata;
    if (resource.namespaced) meta.namespace = namespace ?? meta.namespace ?? 'default';
    meta.name ??= `${meta.generateName ?? ''}${String(this.#version).padStart(5, '0')}`;
    this.#record({ verb: 'create', resource: resource.resource, key: objectKey(meta), body: object });
    if (this.find(resource, objectKey(meta)) !== undefined) throw alreadyExists(resource, meta.name);
    return copy(this.#store(resource, { ...object, kind: resource.kind, apiVersion: formatApiVersion(resource) }));
  }

  update(resource: ResourceRef, object: KubeObject, subresource: string | undefined): KubeObject {
    this.#record({ verb: 'update', resource: resource.resource, subresource, key: objectKey(object.metadata), body: object });
    const known = this.get(resource, object.metadata);
    const version = object.metadata.resourceVersion;
    if (version !== undefined && version !== known.metadata.resourceVersion) throw modifiedSince(resource, object.metadata.name);
    return copy(this.#replace(resource, known, subresource === 'status' ? { ...known, metadata: { ...known.metadata, ...(object.metadata.annotations && { annotations: object.metadata.annotations }) }, status: object['status'] } : { ...object, ...('status' in known && subresource === undefined && hasStatus(resource) && { status: known['status'] }) }));
  }

  patch(resource: ResourceRef, target: Target, patch: Patch): KubeObject {
    this.#record({ verb: 'patch', resource: resource.resource, subresource: target.subresource, key: objectKey(targetKey(target)), body: patch.body });
    if (patch.type === 'json') throw new Error('the fake client knows no JSON patch');
    const known = this.get(resource, target);
    const next = patched(resource, known, patch);
    if (next.metadata.resourceVersion !== known.metadata.resourceVersion) throw modifiedSince(resource, target.name); // a version in a patch is a precondition
    return copy(this.#replace(resource, known, next));
  }

  delete(resource: ResourceRef, target: Target, { propagationPolicy, uid, resourceVersion }: { propagationPolicy?: string; uid?: string; resourceVersion?: string }): void {
    this.#record({ verb: 'delete', resource: resource.resource, key: objectKey(targetKey(target)), body: propagationPolicy });
    const known = this.get(resource, target);
    if ((uid ?? known.metadata.uid) !== known.metadata.uid || (resourceVersion ?? known.metadata.resourceVersion) !== known.metadata.resourceVersion) throw modifiedSince(resource, target.name);
    const finalizers = [...known.metadata.finalizers ?? []];
    if (propagationPolicy === 'Foreground') finalizers.push('foregroundDeletion');
    if (propagationPolicy === 'Orphan') finalizers.push('orphan');
    if (finalizers.length === 0) this.#drop(resource, known);
    else this.#store(resource, { ...known, metadata: { ...known.metadata, finalizers: [...new Set(finalizers)], deletionTimestamp: known.metadata.deletionTimestamp ?? this.#time() } });
  }

  async *watch(resource: ResourceRef, { resourceVersion, initialEvents, signal, ...selector }: Parameters<Client['watch']>[1]): AsyncGenerator<WatchedEvent<KubeObject>, void, undefined> {
    let seen = initialEvents === true ? this.#version : Number(resourceVersion);
    if (initialEvents === true) {
      for (const object of this.select(resource, selector).map(copy)) yield { type: 'ADDED', object };
      yield { type: 'BOOKMARK', object: { kind: resource.kind, apiVersion: formatApiVersion(resource), metadata: { name: '', resourceVersion: String(seen), annotations: { 'k8s.io/initial-events-end': 'true' } } } };
    }
    if (Number.isNaN(seen)) throw expired('too old resource version');
    while (!signal.aborted) {
      for (const { version, resource: of, type, object, before } of this.#history) {
        if (version <= seen || of !== idOf(resource)) continue;
        const now = type !== 'DELETED' && selects(selector, object);
        const then = before !== undefined && selects(selector, before);
        if (now || then) yield { type: now ? (then ? 'MODIFIED' : 'ADDED') : 'DELETED', object: copy(object) };
      }
      seen = this.#version;
      await new Promise<void>((resolve) => {
        const wake = (): void => { this.#watchers.delete(wake); link[Symbol.dispose](); resolve(); };
        this.#watchers.add(wake);
        const link = onAbort(signal, () => { this.#watchers.delete(wake); resolve(); });
      });
    }
  }

  #createSubresource(resource: ResourceRef, target: Target, body: KubeObject): KubeObject {
    this.#record({ verb: 'create', resource: resource.resource, subresource: target.subresource, key: objectKey(targetKey(target)), body });
    const known = this.get(resource, target);
    if (target.subresource === 'binding') {
      const node = (body['target'] as { name: string }).name; // a Binding
      this.#replace(resource, known, { ...known, spec: { ...known['spec'] as object, nodeName: node } }); // a Pod
    }
    return body;
  }

  #replace(resource: ResourceRef, known: KubeObject, next: KubeObject): KubeObject {
    if (known.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0) { this.#drop(resource, known); return next; }
    if (jsonEquals(plain(known), plain({ ...next, metadata: { ...next.metadata, resourceVersion: known.metadata.resourceVersion ?? '' } }))) return known; // nothing changed: no new version, as in the API
    const changed = JSON.stringify(known['spec']) !== JSON.stringify(next['spec']);
    return this.#store(resource, { ...next, metadata: { ...next.metadata, uid: known.metadata.uid ?? '', generation: (known.metadata.generation ?? 1) + (changed ? 1 : 0) } });
  }

  #store(resource: ResourceRef, object: KubeObject): KubeObject {
    const key = objectKey(object.metadata);
    const bucket = this.#objects.get(idOf(resource)) ?? new Map<string, KubeObject>();
    this.#objects.set(idOf(resource), bucket);
    const before = bucket.get(key);
    const version = ++this.#version;
    const stored: KubeObject = { ...object, metadata: { generation: 1, uid: `uid-${version}`, creationTimestamp: this.#time(), ...object.metadata, resourceVersion: String(version) } };
    bucket.set(key, stored);
    this.#tell({ version, resource: idOf(resource), type: before === undefined ? 'ADDED' : 'MODIFIED', object: stored, before });
    return stored;
  }

  #drop(resource: ResourceRef, object: KubeObject): void {
    this.#objects.get(idOf(resource))?.delete(objectKey(object.metadata));
    const version = ++this.#version;
    this.#tell({ version, resource: idOf(resource), type: 'DELETED', object: { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }, before: object });
  }

  #tell(change: Change): void {
    this.#history.push(change);
    for (const wake of [...this.#watchers]) wake();
  }

  #record(write: RecordedWrite): void {
    this.writes.push(write);
    this.onWrite?.(write);
  }

  #time(): string { return new Date(this.#now()).toISOString().replace(/\.\d+Z/, 'Z'); }
}

function idOf({ group, resource }: ResourceRef): string { return `${group}/${resource}`; }

function targetKey({ name, namespace }: Target): { name: string; namespace?: string } {
  return namespace === undefined ? { name } : { name, namespace };
}

function hasStatus(resource: ResourceRef): boolean {
  return resourceFacts(resource)?.subresources?.some(({ name }) => name === 'status') === true;
}

function selects({ namespace, labelSelector, fieldSelector }: ListSelector, object: KubeObject): boolean {
  const { metadata } = object;
  if (namespace !== undefined && metadata.namespace !== namespace) return false;
  if (labelSelector !== undefined && !matchesLabels(parseLabelSelector(labelSelector), metadata.labels)) return false;
  if (fieldSelector === undefined) return true;
  const { nodeName = '' } = (object['spec'] ?? {}) as { nodeName?: string }; // the fields that programs select by
  const { phase = '' } = (object['status'] ?? {}) as { phase?: string }; // as above
  return matchesFields(parseFieldSelector(fieldSelector), { 'metadata.name': metadata.name, 'metadata.namespace': metadata.namespace ?? '', 'spec.nodeName': nodeName, 'status.phase': phase });
}

function patched(resource: ResourceRef, known: KubeObject, patch: Exclude<Patch, { type: 'json' }>): KubeObject {
  const schemaName = resourceFacts(resource)?.schema;
  const document = copy(known) as unknown as JsonObject; // objects are JSON
  const body = copy(patch.body) as JsonObject; // as above
  if (patch.type !== 'strategic' || schemaName === undefined) return applyMergePatch(document, body) as unknown as KubeObject; // as above
  return applyStrategicMergePatch(document, body, { schemaName, resolver: (name) => schemas[name] }) as unknown as KubeObject; // as above
}
