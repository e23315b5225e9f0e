import { resourceOfKind, type ResourceFacts } from '@kubernode/api';
import { badRequest, copyJson, formatApiVersion, goQuote, type GroupVersionKind, type KubeObject } from '@kubernode/apimachinery';
import { ownBytes } from '@kubernode/base';
import type { ObjectStore, StoredObject } from '@kubernode/storage';
import type { CustomTraits } from '../custom-resources/custom-traits.ts';
import type { Strategy } from './strategy.ts';

/** Where the objects of a resource are kept, whatever versions it is served in. */
export interface ResourceStorage {
  group: string;
  resource: string;
  namespaced: boolean;
  /** The kind that is stored. */
  kind: GroupVersionKind;
  store: ObjectStore;
  strategy: Strategy;
  /** It has /status, so the main path leaves status alone. */
  hasStatus: boolean;
  /** What a new object's status is, where the kind always writes one. */
  emptyStatus?: unknown;
}

/** One resource in one version, as requests name it. */
export interface ServedResource {
  facts: ResourceFacts;
  kind: GroupVersionKind;
  /** `apps/v1` */
  apiVersion: string;
  storage: ResourceStorage;
  /** To and from the stored version; the object given may be changed and returned. Absent where both are the same. */
  conversion?: Conversion | undefined;
  /** Absent for built-in resources. */
  custom?: CustomTraits | undefined;
}

export interface Conversion {
  toStored(object: KubeObject): KubeObject;
  fromStored(object: KubeObject): KubeObject;
}

/** Finds what a path names; undefined when no such resource is served. Grows with custom resources. */
export type ResolveResource = (group: string, version: string, resource: string) => ServedResource | undefined;

const UNFIT_NAME = /[/%]|^\.\.?$/;

/** @throws 400 for names that no path segment can be. */
export function storeKey({ namespaced }: ResourceStorage, namespace: string, name: string): string {
  if (UNFIT_NAME.test(name)) throw badRequest(`Name parameter invalid: ${goQuote(name)}: ${unfitness(name)}`);
  return namespaced ? `${namespace}/${name}` : name;
}

function unfitness(name: string): string {
  if (name === '.' || name === '..') return `may not be '${name}'`;
  return ['/', '%'].filter((one) => name.includes(one)).map((one) => `may not contain '${one}'`).join(';');
}

/** What keys of a list begin with: all of one namespace, or everything. */
export function keyPrefix({ namespaced }: ResourceStorage, namespace: string): string {
  return namespaced && namespace !== '' ? `${namespace}/` : '';
}

const converted = new WeakMap<StoredObject, Map<string, Buffer>>();

/** The object's JSON in the served version; for the stored version the shared bytes themselves. */
export function bytesOf(served: ServedResource, stored: StoredObject): Buffer {
  if (served.conversion === undefined) return stored.bytes;
  let versions = converted.get(stored);
  if (versions === undefined) { versions = new Map(); converted.set(stored, versions); }
  let bytes = versions.get(served.apiVersion);
  if (bytes === undefined) {
    bytes = ownBytes(JSON.stringify(objectOf(served, stored))); // they live as long as the object
    versions.set(served.apiVersion, bytes);
  }
  return bytes;
}

/** A private copy of the object in the served version. */
export function objectOf(served: ServedResource, stored: StoredObject): KubeObject {
  const object = stored.decode<KubeObject>();
  return served.conversion === undefined ? object : served.conversion.fromStored(object);
}

/** How Kubernetes' messages name the type of an object: `*core.Pod`; `suffix` is 'List' for a collection. */
export function goTypeOf({ kind }: Pick<ServedResource, 'kind'>, suffix = ''): string {
  if (resourceOfKind(kind) === undefined) return `*unstructured.Unstructured${suffix}`; // a custom resource
  const [groupWord = ''] = kind.group.split('.');
  const goPackage = kind.group === '' || kind.group === 'events.k8s.io' ? 'core' : groupWord;
  return `*${goPackage}.${kind.kind}${suffix}`;
}

/** An object of the stored version as the served one has it; the very same where these are one. */
export function servedForm({ conversion }: ServedResource, object: Readonly<KubeObject>): Readonly<KubeObject> {
  return conversion === undefined ? object : conversion.fromStored(copyJson(object) as KubeObject); // a private copy
}

/** The kind of a list of its objects. */
export function listKindOf({ kind, custom }: Pick<ServedResource, 'kind' | 'custom'>): string {
  return custom?.listKind ?? `${kind.kind}List`;
}

/** How many bytes of an object's JSON its leading kind and apiVersion take; list items leave them out, but for those of custom resources. */
export function headLength({ kind, custom }: Pick<ServedResource, 'kind' | 'custom'>): number {
  if (custom !== undefined) return 1; // the brace
  return Buffer.byteLength(`{"kind":${JSON.stringify(kind.kind)},"apiVersion":${JSON.stringify(formatApiVersion(kind))},`);
}
