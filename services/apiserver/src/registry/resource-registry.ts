import { resourceOfKind, resources, type ResourceFacts } from '@kubernode/api';
import { formatApiVersion, type GroupResource, type GroupVersionKind, type KubeObject } from '@kubernode/apimachinery';
import { createObjectStore, type ObjectAttributes, type RunnableObjectStore, type StorageBackend } from '@kubernode/storage';
import { conversions } from '../conversion/conversions.ts';
import type { OfferedResource, ServedApi } from '../discovery/served-api.ts';
import { compiledSchema } from './object-schemas.ts';
import { forbidPrivileged } from './privileged-containers.ts';
import type { ResolveResource, ResourceStorage, ServedResource } from './served-resource.ts';
import type { Strategy } from './strategy.ts';
import { storedValueReader } from './stored-values.ts';
import { strategies } from './strategies.ts';

interface OpenStorage extends ResourceStorage { store: RunnableObjectStore }

/** All resources that are served, with their stores. Custom resources join and leave while it runs. */
export class ResourceRegistry {
  readonly #backendOf: (resource: GroupResource) => StorageBackend;
  readonly #eventTtlSeconds: number | undefined;
  readonly #allowPrivileged: boolean;
  readonly #served = new Map<string, ServedResource>();
  readonly #storages = new Map<string, OpenStorage>();
  /** By the name of their definition. */
  readonly #custom = new Map<string, CustomEntry>();
  #api: ServedApi = { version: 1, resources };

  /** `eventTtlSeconds`: how long events live; an hour when absent. `allowPrivileged`: containers may be privileged. */
  constructor(backendOf: (resource: GroupResource) => StorageBackend, { eventTtlSeconds, allowPrivileged = true }: { eventTtlSeconds?: number; allowPrivileged?: boolean } = {}) {
    this.#backendOf = backendOf;
    this.#eventTtlSeconds = eventTtlSeconds;
    this.#allowPrivileged = allowPrivileged;
    for (const facts of resources) {
      if (facts.etcdPrefix !== undefined) this.#add(facts, facts.etcdPrefix);
    }
  }

  readonly resolve: ResolveResource = (group, version, resource) => this.#served.get(`${group}/${version}/${resource}`);

  get served(): Iterable<ServedResource> { return this.#served.values(); }

  /** What clients are told is served. */
  get api(): ServedApi { return this.#api; }

  /** The storage of a resource of any of its versions. */
  storageOf({ group, resource }: { group: string; resource: string }): ResourceStorage | undefined {
    return this.#storages.get(storageKey(group, resource)) ?? this.#custom.get(`${resource}.${group}`)?.storage;
  }

  /** The resource in the version that is stored; in a served one where Kubernetes stores in one that it does not serve. */
  servedOf(resource: { group: string; resource: string }): ServedResource | undefined {
    const storage = this.storageOf(resource);
    if (storage === undefined) return undefined;
    const { group, version } = storage.kind;
    return this.resolve(group, version, storage.resource) ?? [...this.#served.values()].find((served) => served.storage === storage);
  }

  /** Serves the versions of a custom resource instead of those before; none when there is no storage. Built-in resources are not replaced. */
  setCustom(definition: string, entry: CustomEntry | undefined): void {
    for (const { facts } of this.#custom.get(definition)?.versions ?? []) this.#served.delete(servedKey(facts));
    if (entry === undefined) this.#custom.delete(definition);
    else {
      const versions = entry.versions.filter(({ facts }) => !this.#served.has(servedKey(facts)));
      this.#custom.set(definition, { ...entry, versions });
      for (const served of versions) this.#served.set(servedKey(served.facts), served);
    }
    const offered = [...this.#custom].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, custom]) => custom.offered);
    this.#api = { version: this.#api.version + 1, resources: [...resources, ...offered] };
  }

  /** Stores that cannot be read yet. */
  get loading(): string[] {
    return [...this.#storages].filter(([, { store }]) => !store.ready).map(([name]) => name);
  }

  /** Keeps all stores' caches up to date until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([...new Set(this.#storages.values())].map(({ store }) => store.run(signal)));
  }

  #add(facts: ResourceFacts, etcdPrefix: string): void {
    const stored = facts.storage ?? facts;
    const key = storageKey(stored.group, facts.resource);
    let storage = this.#storages.get(key);
    if (storage === undefined) {
      storage = openStorage(facts, etcdPrefix, this.#backendOf({ group: stored.group, resource: facts.resource }));
      if (key === storageKey('', 'events') && this.#eventTtlSeconds !== undefined) storage.strategy = { ...storage.strategy, ttlSeconds: this.#eventTtlSeconds };
      if (!this.#allowPrivileged) storage.strategy = forbidPrivileged(storage, storage.strategy);
      this.#storages.set(key, storage);
    }
    if (stored.group !== facts.group) this.#storages.set(storageKey(facts.group, facts.resource), storage);
    const { group, version, resource, kind } = facts;
    const conversion = facts.storage === undefined ? undefined : conversions.get(`${formatApiVersion(facts)}/${kind}`);
    this.#served.set(`${group}/${version}/${resource}`, { facts, kind: { group, version, kind }, apiVersion: formatApiVersion(facts), storage, conversion });
  }
}

/** A custom resource: what requests find, what clients are told, and where its objects are. */
export interface CustomEntry { versions: readonly ServedResource[]; offered: readonly OfferedResource[]; storage: ResourceStorage }

function servedKey({ group, version, resource }: ResourceFacts): string {
  return `${group}/${version}/${resource}`;
}

function storageKey(group: string, resource: string): string {
  return `${group}/${resource}`;
}

function openStorage(facts: ResourceFacts, etcdPrefix: string, backend: StorageBackend): OpenStorage {
  const { group, version } = facts.storage ?? facts;
  const { resource, kind, namespaced } = facts;
  const strategy = strategies.get(group === '' ? resource : `${resource}.${group}`) ?? {};
  const store = createObjectStore({ backend, prefix: etcdPrefix, resource: { group, resource }, attributesOf: attributesBy(strategy), normalise: storedValueReader(kindInStore(facts), strategy.defaults) });
  return { group, resource, namespaced, kind: { group, version, kind }, store, strategy, hasStatus: facts.subresources?.some(({ name }) => name === 'status') === true, emptyStatus: emptyStatusOf({ group, version, kind }) };
}

/** The version in which this server writes. Where Kubernetes stores in one that it does not serve, such as a beta, it is the served one. */
function kindInStore({ group, version, kind, storage }: ResourceFacts): GroupVersionKind {
  const stored = { ...storage ?? { group, version }, kind };
  return resourceOfKind(stored) === undefined ? { group, version, kind } : stored;
}

function emptyStatusOf(kind: GroupVersionKind): unknown {
  const schema = resourceOfKind(kind)?.schema;
  return schema === undefined ? undefined : compiledSchema(schema)?.normalise({}).object['status'];
}

/** What selectors match against. */
function attributesBy({ selectableFields }: Strategy): (object: unknown) => ObjectAttributes {
  return (object) => {
    const kubeObject = object as KubeObject; // the store holds only objects
    const { name, namespace = '', labels = {} } = kubeObject.metadata;
    return { labels, fields: { 'metadata.name': name, 'metadata.namespace': namespace, ...selectableFields?.(kubeObject) } };
  };
}
