import type { coreV1 } from '@kubernode/api';
import { compareQuantities, formatQuantity as formatted, parseQuantity, type KubeObject } from '@kubernode/apimachinery';
import { podTotals, type Totals } from '@kubernode/quota';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { LiveLookup } from './live-lookup.ts';
import { refusal } from './refusal.ts';

type LimitRange = coreV1.LimitRange & KubeObject;
type Limit = Readonly<coreV1.LimitRangeItem>;
const LIMIT_RANGES = { group: '', resource: 'limitranges' };
const ANNOTATION = 'kubernetes.io/limit-ranger';

/** Gives containers the requests and limits of their namespace's limit ranges, and refuses what is beyond them. */
export function limitRanger({ sources, list, clock }: AdmissionDependencies): AdmissionPlugin {
  const ranges = new LiveLookup<LimitRange>({ source: sources(LIMIT_RANGES), list: (namespace) => list(LIMIT_RANGES, namespace), clock });
  const forEach = (attributes: AdmissionAttributes, act: (range: Readonly<LimitRange>) => void): void | Promise<void> => {
    if (!concerns(attributes)) return undefined;
    const found = ranges.get(attributes.namespace);
    if (found instanceof Promise) return found.then((items) => { items.forEach(act); });
    return found.forEach(act);
  };
  return {
    name: 'LimitRanger',
    admit: (attributes) => forEach(attributes, (range) => { if (attributes.resource === 'pods') applyDefaults(attributes.object as coreV1.Pod & KubeObject, range); }), // by `concerns`
    validate: (attributes) => forEach(attributes, (range) => { refuse(attributes, faultsOf(attributes, range)); }),
  };
}

function concerns({ operation, group, resource, subresource, object, oldObject }: AdmissionAttributes): boolean {
  if (group !== '' || object === undefined || oldObject?.metadata.deletionTimestamp !== undefined) return false;
  if (resource === 'pods') return (operation === 'CREATE' && subresource === '') || (operation === 'UPDATE' && subresource === 'resize');
  return resource === 'persistentvolumeclaims' && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE');
}

/** Pure but for the pod it changes. */
export function applyDefaults(pod: coreV1.Pod & KubeObject, { spec }: Readonly<LimitRange>): void {
  const limits: Record<string, string> = {};
  const requests: Record<string, string> = {};
  for (const limit of spec?.limits ?? []) {
    if (limit.type !== 'Container') continue;
    Object.assign(requests, limit.defaultRequest);
    Object.assign(limits, limit.default);
  }
  const notes = [
    ...(pod.spec?.containers ?? []).flatMap((container) => fill(container, { requests, limits }, 'container')),
    ...(pod.spec?.initContainers ?? []).flatMap((container) => fill(container, { requests, limits }, 'init container')),
  ];
  if (notes.length > 0) pod.metadata.annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}` };
}

/** What was set, in words. */
function fill(container: coreV1.Container, defaults: Record<'requests' | 'limits', Record<string, string>>, what: string): string[] {
  return (['requests', 'limits'] as const).flatMap((kind) => {
    const own = container.resources?.[kind] ?? {};
    const missing = Object.entries(defaults[kind]).filter(([name]) => own[name] === undefined);
    if (missing.length === 0) return [];
    container.resources = { ...container.resources, [kind]: { ...own, ...Object.fromEntries(missing) } };
    return [`${missing.map(([name]) => name).sort().join(', ')} ${kind === 'requests' ? 'request' : 'limit'} for ${what} ${container.name}`];
  });
}

/** Pure. */
export function faultsOf({ resource, object }: Pick<AdmissionAttributes, 'resource' | 'object'>, { spec }: Readonly<LimitRange>): string[] {
  const limits = spec?.limits ?? [];
  if (resource === 'persistentvolumeclaims') {
    const claim = object as Partial<coreV1.PersistentVolumeClaim>; // by `concerns`
    return limits.filter(({ type }) => type === 'PersistentVolumeClaim').flatMap((limit) => claimFaults(limit, listed(claim.spec?.resources?.requests)));
  }
  const { spec: podSpec } = object as Partial<coreV1.Pod>; // likewise
  if (podSpec === undefined) return [];
  return limits.flatMap((limit) => {
    if (limit.type === 'Container') {
      return [...podSpec.containers ?? [], ...podSpec.initContainers ?? []].flatMap(({ resources }) => boundFaults(limit, listed(resources?.requests), listed(resources?.limits)));
    }
    if (limit.type === 'Pod') return boundFaults(limit, podTotals(podSpec, 'requests', { overhead: false }), podTotals(podSpec, 'limits', { overhead: false }));
    return [];
  });
}

function refuse(attributes: AdmissionAttributes, faults: readonly string[]): void {
  if (faults.length > 0) throw refusal(attributes, faults.length === 1 ? faults[0] ?? '' : `[${[...new Set(faults)].join(', ')}]`);
}

function boundFaults(limit: Limit, requests: Totals, limits: Totals): string[] {
  return [
    ...Object.entries(limit.min ?? {}).flatMap(([name, min]) => minFault(limit.type, name, min, { requests, limits })),
    ...Object.entries(limit.max ?? {}).flatMap(([name, max]) => maxFault(limit.type, name, max, { requests, limits })),
    ...Object.entries(limit.maxLimitRequestRatio ?? {}).flatMap(([name, ratio]) => ratioFault(limit.type, name, ratio, { requests, limits })),
  ];
}

interface Amounts { requests: Totals; limits: Totals }

function minFault(type: string, name: string, min: string, { requests, limits }: Amounts): string[] {
  const rule = `minimum ${name} usage per ${type} is ${min}`;
  const [request, limit] = [requests.get(name), limits.get(name)];
  const least = parseQuantity(min);
  if (request === undefined) return [`${rule}.  No request is specified`];
  if (compareQuantities(request, least) < 0) return [`${rule}, but request is ${formatted(request)}`];
  return limit !== undefined && compareQuantities(limit, least) < 0 ? [`${rule}, but limit is ${formatted(limit)}`] : [];
}

function maxFault(type: string, name: string, max: string, { requests, limits }: Amounts): string[] {
  const rule = `maximum ${name} usage per ${type} is ${max}`;
  const [request, limit] = [requests.get(name), limits.get(name)];
  const most = parseQuantity(max);
  if (limit === undefined) return [`${rule}.  No limit is specified`];
  if (compareQuantities(limit, most) > 0) return [`${rule}, but limit is ${formatted(limit)}`];
  return request !== undefined && compareQuantities(request, most) > 0 ? [`${rule}, but request is ${formatted(request)}`] : [];
}

function ratioFault(type: string, name: string, ratio: string, { requests, limits }: Amounts): string[] {
  const rule = `${name} max limit to request ratio per ${type} is ${ratio}`;
  const [request, limit] = [requests.get(name), limits.get(name)];
  if (request === undefined || request.nanos === 0n) return [`${rule}, but no request is specified or request is 0`];
  if (limit === undefined || limit.nanos === 0n) return [`${rule}, but no limit is specified or limit is 0`];
  const observed = Number(limit.nanos) / Number(request.nanos);
  return observed > Number(parseQuantity(ratio).nanos) / NANOS ? [`${rule}, but provided ratio is ${observed.toFixed(6)}`] : [];
}

const NANOS = 1e9;

/** Of claims only what is asked for counts. */
function claimFaults({ type, min, max }: Limit, requests: Totals): string[] {
  return [
    ...Object.entries(min ?? {}).flatMap(([name, least]) => minFault(type, name, least, { requests, limits: new Map() })),
    ...Object.entries(max ?? {}).flatMap(([name, most]) => {
      const rule = `maximum ${name} usage per ${type} is ${most}`;
      const request = requests.get(name);
      if (request === undefined) return [`${rule}.  No request is specified`];
      return compareQuantities(request, parseQuantity(most)) > 0 ? [`${rule}, but request is ${formatted(request)}`] : [];
    }),
  ];
}

function listed(list: Readonly<Record<string, string>> | undefined): Totals {
  return new Map(Object.entries(list ?? {}).map(([name, text]) => [name, parseQuantity(text)]));
}
