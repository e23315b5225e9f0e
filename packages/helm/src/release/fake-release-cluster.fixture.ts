import { alreadyExists, applyMergePatch, applyStrategicMergePatch, isJsonObject, notFound, parseApiVersion, type JsonObject } from '@kubernode/apimachinery';
import { resourceOfKind, schemas } from '@kubernode/api';
import { identityOf } from './manifest-objects.ts';
import type { ObjectRef, ReleaseCluster } from './release-cluster.ts';

export interface FakeReleaseCluster extends ReleaseCluster {
  readonly objects: Map<string, JsonObject>;
  /** `create Secret/name`, in order. */
  readonly calls: string[];
  /** Called before each write; throw to refuse it, return an object to store that instead. */
  onWrite: ((verb: string, ref: ObjectRef, object: JsonObject | undefined) => JsonObject | undefined) | undefined;
}

/** A cluster in memory that knows the built-in kinds: names and patches as the API has them, nothing else. */
export function createFakeReleaseCluster(): FakeReleaseCluster {
  const objects = new Map<string, JsonObject>();
  const calls: string[] = [];
  const note = (verb: string, ref: ObjectRef, object?: JsonObject): JsonObject | undefined => {
    calls.push(`${verb} ${ref.kind}/${ref.name}`);
    return fake.onWrite?.(verb, ref, object);
  };
  const store = (ref: ObjectRef, object: JsonObject): Promise<JsonObject> => { objects.set(identityOf(ref), structuredClone(object)); return Promise.resolve(object); };
  const found = (ref: ObjectRef): JsonObject => {
    const object = objects.get(identityOf(ref));
    if (object === undefined) throw notFound({ group: '', resource: ref.kind }, ref.name);
    return object;
  };
  const fake: FakeReleaseCluster = {
    objects, calls, onWrite: undefined,
    scopeOf({ apiVersion, kind }) {
      const facts = resourceOfKind({ ...parseApiVersion(apiVersion), kind });
      return Promise.resolve(facts === undefined ? undefined : facts.namespaced ? 'namespaced' : 'cluster');
    },
    capabilities: () => Promise.resolve({ kubeVersion: 'v1.36.2', apiVersions: ['v1', 'apps/v1'] }),
    forgetKinds: () => undefined,
    get: (ref) => Promise.resolve(structuredClone(objects.get(identityOf(ref)))),
    list: ({ kind, namespace, labelSelector = '' }) => Promise.resolve([...objects.values()].filter((object) => object['kind'] === kind && (namespace === '' || metadataOf(object)['namespace'] === namespace) && matches(object, labelSelector))),
    async create(ref, object, { dryRun } = {}) {
      const stored = note(dryRun === true ? 'try' : 'create', ref, object) ?? object;
      if (objects.has(identityOf(ref))) throw alreadyExists({ group: '', resource: ref.kind }, ref.name);
      return dryRun === true ? object : store(ref, stored);
    },
    async replace(ref, object) { note('replace', ref, object); found(ref); return store(ref, object); },
    async patch(ref, { type, body }) {
      note('patch', ref, body);
      const schemaName = resourceOfKind({ ...parseApiVersion(ref.apiVersion), kind: ref.kind })?.schema ?? '';
      return store(ref, type === 'merge' ? applyMergePatch(found(ref), body) : applyStrategicMergePatch(found(ref), body, { schemaName, resolver: (name) => schemas[name] }));
    },
    async apply(ref, object) { note('apply', ref, object); return store(ref, object); },
    async delete(ref) { note('delete', ref); await Promise.resolve(); objects.delete(identityOf(ref)); },
    logs: () => Promise.resolve('said\n'),
  };
  return fake;
}

function metadataOf(object: JsonObject): JsonObject { return isJsonObject(object['metadata']) ? object['metadata'] : {}; }

function matches(object: JsonObject, selector: string): boolean {
  const labels = metadataOf(object)['labels'];
  return selector === '' || selector.split(',').every((pair) => { const [key = '', value] = pair.split('='); return isJsonObject(labels) && labels[key] === value; });
}
