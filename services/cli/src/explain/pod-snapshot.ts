import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { ObjectReader } from './object-reader.ts';
import type { Placement, PlacementJudgement } from './placement.ts';

/** Something that a pod names and cannot do without. */
export interface Reference {
  readonly kind: 'ConfigMap' | 'Secret' | 'PersistentVolumeClaim' | 'ServiceAccount';
  readonly name: string;
  /** Keys of it that have to be there. */
  readonly keys: readonly string[];
}

/** What became of a reference. */
export interface ResolvedReference extends Reference {
  readonly found: 'found' | 'missing' | 'unseen';
  readonly missingKeys: readonly string[];
  /** Of claims. */
  readonly claim?: Readonly<coreV1.PersistentVolumeClaim>;
}

/** All that an explanation of a pod goes by. */
export interface PodSnapshot {
  readonly pod: Readonly<coreV1.Pod>;
  /** The newest last. */
  readonly events: readonly Readonly<coreV1.Event>[];
  /** `missing`: the pod is bound to a node that does not exist. Undefined for pods without one. */
  readonly node: Readonly<coreV1.Node> | 'missing' | 'unseen' | undefined;
  readonly references: readonly ResolvedReference[];
  /** Of pods without a node, where nodes and pods may be read. */
  readonly placement: PlacementJudgement | undefined;
  readonly nowMs: number;
}

const EVENTS_MAX = 200;

/** Reads everything about one pod that there is to read; 'missing' when there is no such pod. */
export async function readPodSnapshot(reader: ObjectReader, target: { namespace: string; name: string }, { placement, config, nowMs }: { placement: Placement; config: string | undefined; nowMs: number }): Promise<PodSnapshot | 'missing' | 'unseen'> {
  const pod = await reader.find(coreV1Resources.pods, target);
  if (pod === 'missing' || pod === 'unseen') return pod;
  const nodeName = pod.spec?.nodeName ?? '';
  const [events, node, references] = await Promise.all([
    reader.list(coreV1Resources.events, { namespace: target.namespace, fieldSelector: `involvedObject.name=${target.name}` }),
    nodeName === '' ? undefined : reader.find(coreV1Resources.nodes, { name: nodeName }),
    Promise.all(referencesOf(pod).map((one) => resolve(reader, target.namespace, one))),
  ]);
  const own = events.filter(({ involvedObject }) => involvedObject?.uid === undefined || involvedObject.uid === pod.metadata.uid);
  return {
    pod, node, references, nowMs, events: [...own].sort((a, b) => timeOf(a) - timeOf(b)).slice(-EVENTS_MAX),
    placement: nodeName === '' && pod.metadata.deletionTimestamp === undefined ? await judge(reader, pod, { placement, config, nowMs }) : undefined,
  };
}

async function judge(reader: ObjectReader, pod: Readonly<coreV1.Pod>, { placement, config, nowMs }: { placement: Placement; config: string | undefined; nowMs: number }): Promise<PlacementJudgement | undefined> {
  const resources = placement.resources(config);
  const lists = new Map(await Promise.all(resources.map(async (resource) => [`${resource.group}/${resource.resource}`, await reader.list(resource) as readonly object[]] as const))); // objects of the API
  if (lists.get('/nodes')?.length === 0 || lists.get('/pods')?.length === 0) return undefined; // there is one pod at least: it was not allowed to see them
  return placement.judge(pod, { config, nowMs, objectsOf: ({ group, resource }) => lists.get(`${group}/${resource}`) ?? [] });
}

export function timeOf({ series, lastTimestamp, eventTime, firstTimestamp }: Readonly<coreV1.Event>): number {
  return Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp ?? '') || 0;
}

async function resolve(reader: ObjectReader, namespace: string, reference: Reference): Promise<ResolvedReference> {
  const { kind, name, keys } = reference;
  const target = { namespace, name };
  if (kind === 'PersistentVolumeClaim') {
    const claim = await reader.find(coreV1Resources.persistentvolumeclaims, target);
    return typeof claim === 'string' ? { ...reference, found: claim, missingKeys: [] } : { ...reference, found: 'found', missingKeys: [], claim };
  }
  if (kind === 'ServiceAccount') {
    const account = await reader.find(coreV1Resources.serviceaccounts, target);
    return { ...reference, found: typeof account === 'string' ? account : 'found', missingKeys: [] };
  }
  const found = await reader.find(kind === 'Secret' ? coreV1Resources.secrets : coreV1Resources.configmaps, target);
  if (typeof found === 'string') return { ...reference, found, missingKeys: [] };
  const has = new Set([...Object.keys(found.data ?? {}), ...Object.keys((found as coreV1.ConfigMap).binaryData ?? {})]); // Secrets have none
  return { ...reference, found: 'found', missingKeys: keys.filter((key) => !has.has(key)) };
}

/** What the pod names and cannot do without; what is optional, and what is projected from the server, is left out. */
export function referencesOf({ metadata, spec }: Readonly<coreV1.Pod>): Reference[] {
  const found = new Map<string, Set<string>>();
  const add = (kind: Reference['kind'], name: string | undefined, optional: boolean | undefined, keys: readonly string[] = []): void => {
    if (name === undefined || name === '' || optional === true) return;
    const known = found.get(`${kind} ${name}`) ?? new Set();
    for (const key of keys) known.add(key);
    found.set(`${kind} ${name}`, known);
  };
  for (const { env = [], envFrom = [] } of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
    for (const { configMapRef, secretRef } of envFrom) { add('ConfigMap', configMapRef?.name, configMapRef?.optional); add('Secret', secretRef?.name, secretRef?.optional); }
    for (const { valueFrom } of env) {
      const { configMapKeyRef, secretKeyRef } = valueFrom ?? {};
      add('ConfigMap', configMapKeyRef?.name, configMapKeyRef?.optional, [configMapKeyRef?.key ?? '']);
      add('Secret', secretKeyRef?.name, secretKeyRef?.optional, [secretKeyRef?.key ?? '']);
    }
  }
  for (const { name, configMap, secret, persistentVolumeClaim, ephemeral, projected } of spec?.volumes ?? []) {
    add('ConfigMap', configMap?.name, configMap?.optional, (configMap?.items ?? []).map(({ key }) => key));
    add('Secret', secret?.secretName, secret?.optional, (secret?.items ?? []).map(({ key }) => key));
    add('PersistentVolumeClaim', persistentVolumeClaim?.claimName ?? (ephemeral === undefined ? undefined : `${metadata.name}-${name}`), false);
    for (const source of projected?.sources ?? []) {
      add('ConfigMap', source.configMap?.name, source.configMap?.optional, (source.configMap?.items ?? []).map(({ key }) => key));
      add('Secret', source.secret?.name, source.secret?.optional, (source.secret?.items ?? []).map(({ key }) => key));
    }
  }
  add('ServiceAccount', spec?.serviceAccountName, spec?.serviceAccountName === 'default');
  return [...found].map(([key, keys]) => { const [kind, name] = key.split(' '); return { kind: kind as Reference['kind'], name: name ?? '', keys: [...keys] }; }); // put together above
}
