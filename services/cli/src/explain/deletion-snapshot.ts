import { admissionregistrationV1Resources, apiregistrationV1Resources, coreV1Resources, discoveryV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { Semaphore } from '@kubernode/base';
import type { ObjectReader } from './object-reader.ts';
import { listedResources, resolveKind } from './resolve-kind.ts';

/** An object that is in the way of another's deletion. */
export interface Dependent { readonly kind: string; readonly namespace: string; readonly name: string; readonly isDeleting: boolean; readonly finalizers: readonly string[] }

/** A webhook that has a say in what is needed, and cannot be asked. */
export interface BrokenWebhook { readonly configuration: string; readonly webhook: string; readonly service: string }

/** All that an explanation of a deletion goes by. */
export interface DeletionSnapshot {
  readonly resource: ResourceRef;
  readonly object: Readonly<KubeObject>;
  /** Those that block a deletion in the foreground. */
  readonly dependents: readonly Dependent[];
  /** Who uses what protection guards: pods of a claim, the claim of a volume. */
  readonly users: readonly string[];
  /** API services that do not answer; of namespaces alone. */
  readonly unavailable: readonly { readonly name: string; readonly message: string }[];
  readonly brokenWebhooks: readonly BrokenWebhook[];
  readonly nowMs: number;
}

const LISTS_AT_ONCE = 8;

/** Reads what is known about the deletion of one object. */
export async function readDeletionSnapshot(reader: ObjectReader, { kind, name, namespace, nowMs }: { kind: string; name: string; namespace: string; nowMs: number }): Promise<DeletionSnapshot | { readonly resource: ResourceRef; readonly found: 'missing' | 'unseen' }> {
  const known = await listedResources(reader);
  const resource = resolveKind(kind, known);
  const object = await reader.find(resource, { name, namespace: resource.namespaced ? namespace : undefined });
  if (object === 'missing' || object === 'unseen') return { resource, found: object };
  const [dependents, users, unavailable, brokenWebhooks] = await Promise.all([
    object.metadata.finalizers?.includes('foregroundDeletion') === true ? dependentsOf(reader, object, known) : [],
    usersOf(reader, resource, object),
    resource.resource === 'namespaces' && resource.group === '' ? unavailableServices(reader) : [],
    brokenWebhooksFor(reader, resource),
  ]);
  return { resource, object, dependents, users, unavailable, brokenWebhooks, nowMs };
}

async function dependentsOf(reader: ObjectReader, { metadata: { uid, namespace } }: Readonly<KubeObject>, known: readonly ResourceRef<KubeObject>[]): Promise<Dependent[]> {
  const semaphore = new Semaphore(LISTS_AT_ONCE);
  const never = new AbortController().signal;
  const lists = await Promise.all(known.filter(({ namespaced, resource }) => (namespaced || namespace === undefined) && resource !== 'events').map((resource) => semaphore.run(async () => {
    const items = await reader.list(resource, { metadataOnly: true, ...(resource.namespaced && namespace !== undefined && { namespace }) });
    return items.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true) === true)
      .map(({ metadata }): Dependent => ({ kind: resource.kind, namespace: metadata.namespace ?? '', name: metadata.name, isDeleting: metadata.deletionTimestamp !== undefined, finalizers: metadata.finalizers ?? [] }));
  }, { signal: never })));
  return lists.flat();
}

async function usersOf(reader: ObjectReader, { group, resource }: ResourceRef, object: Readonly<KubeObject>): Promise<string[]> {
  const { name, namespace = '' } = object.metadata;
  if (group !== '') return [];
  if (resource === 'persistentvolumeclaims') {
    const pods = await reader.list(coreV1Resources.pods, { namespace });
    return pods.filter((pod) => uses(pod, name)).map((pod) => `pod ${pod.metadata.name} (${pod.status?.phase ?? 'Unknown'}${pod.metadata.deletionTimestamp === undefined ? '' : ', being deleted'})`);
  }
  if (resource !== 'persistentvolumes') return [];
  const { claimRef } = (object as Readonly<coreV1.PersistentVolume>).spec ?? {}; // of that resource
  const claim = claimRef === undefined ? undefined : await reader.get(coreV1Resources.persistentvolumeclaims, { name: claimRef.name ?? '', namespace: claimRef.namespace });
  return claim === undefined ? [] : [`persistentvolumeclaim ${claim.metadata.namespace ?? ''}/${claim.metadata.name} (${claim.status?.phase ?? 'Unknown'})`];
}

function uses({ metadata, spec, status }: Readonly<coreV1.Pod>, claim: string): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return false;
  return (spec?.volumes ?? []).some(({ name, persistentVolumeClaim, ephemeral }) => persistentVolumeClaim?.claimName === claim || (ephemeral !== undefined && `${metadata.name}-${name}` === claim));
}

async function unavailableServices(reader: ObjectReader): Promise<DeletionSnapshot['unavailable']> {
  const services = await reader.list(apiregistrationV1Resources.apiservices);
  return services.flatMap(({ metadata, status }) => {
    const available = status?.conditions?.find(({ type }) => type === 'Available');
    return available === undefined || available.status === 'True' ? [] : [{ name: metadata.name, message: available.message ?? available.reason ?? '' }];
  });
}

/** Webhooks that must be asked before the object is changed or deleted, and whose service has nobody behind it. */
async function brokenWebhooksFor(reader: ObjectReader, resource: ResourceRef): Promise<BrokenWebhook[]> {
  const [mutating, validating] = await Promise.all([reader.list(admissionregistrationV1Resources.mutatingwebhookconfigurations), reader.list(admissionregistrationV1Resources.validatingwebhookconfigurations)]);
  const concerned = [...mutating, ...validating].flatMap(({ metadata, webhooks = [] }) => webhooks.filter((hook) => hook.failurePolicy !== 'Ignore' && hook.rules?.some((rule) => concerns(rule, resource)) === true).map((hook) => ({ configuration: metadata.name, hook })));
  const broken = await Promise.all(concerned.map(async ({ configuration, hook: { name, clientConfig: { service } } }) => {
    if (service === undefined) return [];
    const slices = await reader.list(discoveryV1Resources.endpointslices, { namespace: service.namespace, labelSelector: `kubernetes.io/service-name=${service.name}` });
    const isServed = slices.some(({ endpoints }) => (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false));
    return isServed ? [] : [{ configuration, webhook: name, service: `${service.namespace}/${service.name}` }];
  }));
  return broken.flat();
}

function concerns({ operations = [], apiGroups = [], resources = [] }: { operations?: readonly string[]; apiGroups?: readonly string[]; resources?: readonly string[] }, { group, resource }: ResourceRef): boolean {
  const any = (list: readonly string[], ...wanted: readonly string[]): boolean => list.includes('*') || wanted.some((one) => list.includes(one));
  return any(operations, 'DELETE', 'UPDATE') && any(apiGroups, group) && any(resources, resource, '*/*', `${resource}/*`);
}
