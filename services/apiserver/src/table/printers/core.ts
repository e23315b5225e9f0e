import type { coreV1 } from '@kubernode/api';
import { age } from '../cell-text.ts';
import { definePrinter, type Printer } from '../printer.ts';

const configMaps = definePrinter<coreV1.ConfigMap>({
  group: '', resource: 'configmaps', columns: 'Name! | Data | Age',
  cells: ({ metadata, data, binaryData }, now) => [metadata.name, Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length, age(metadata.creationTimestamp, now)],
});

const secrets = definePrinter<coreV1.Secret>({
  group: '', resource: 'secrets', columns: 'Name! | Type | Data | Age',
  cells: ({ metadata, type, data }, now) => [metadata.name, type ?? '', Object.keys(data ?? {}).length, age(metadata.creationTimestamp, now)],
});

const serviceAccounts = definePrinter<coreV1.ServiceAccount>({
  group: '', resource: 'serviceaccounts', columns: 'Name! | Age',
  cells: ({ metadata }, now) => [metadata.name, age(metadata.creationTimestamp, now)],
});

const namespaces = definePrinter<coreV1.Namespace>({
  group: '', resource: 'namespaces', columns: 'Name! | Status | Age',
  cells: ({ metadata, status }, now) => [metadata.name, status?.phase ?? '', age(metadata.creationTimestamp, now)],
});

const resourceQuotas = definePrinter<coreV1.ResourceQuota>({
  group: '', resource: 'resourcequotas', columns: 'Name! | Request | Limit | Age',
  cells({ metadata, status }, now) {
    const names = Object.keys(status?.hard ?? {}).sort();
    const show = (some: readonly string[]): string => some.map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${status?.hard?.[name] ?? '0'}`).join(', ');
    return [metadata.name, show(names.filter((name) => !name.startsWith('limits.'))), show(names.filter((name) => name.startsWith('limits.'))), age(metadata.creationTimestamp, now)];
  },
});

const componentStatuses = definePrinter<coreV1.ComponentStatus>({
  group: '', resource: 'componentstatuses', columns: 'Name! | Status | Message | Error',
  cells({ metadata, conditions }) {
    const healthy = conditions?.find(({ type }) => type === 'Healthy');
    return [metadata.name, healthy === undefined ? 'Unknown' : healthy.status === 'True' ? 'Healthy' : 'Unhealthy', healthy?.message ?? '', healthy?.error ?? ''];
  },
});

/** Printed from the core form; events.k8s.io shows the same objects. */
const events = definePrinter<coreV1.Event>({
  group: '', resource: 'events', columns: 'Last Seen | Type | Reason | Object | Subobject+ | Source+ | Message | First Seen+ | Count+ | Name!+',
  cells(event, now) {
    const { involvedObject, source } = event;
    const firstSeen = age(event.firstTimestamp ?? event.eventTime, now);
    const lastSeen = event.series === undefined ? (typeof event.lastTimestamp === 'string' ? age(event.lastTimestamp, now) : firstSeen) : age(event.series.lastObservedTime, now);
    const kind = (involvedObject?.kind ?? '').toLowerCase();
    const name = involvedObject?.name ?? '';
    return [
      lastSeen, event.type ?? '', event.reason ?? '', name === '' ? kind : `${kind}/${name}`, involvedObject?.fieldPath ?? '',
      sourceText(firstText(source?.component, event.reportingComponent), firstText(source?.host, event.reportingInstance)), (event.message ?? '').trim(), firstSeen,
      event.series === undefined ? event.count || 1 : event.series.count ?? 0, event.metadata.name,
    ];
  },
});

function firstText(first: string | undefined, second: string | undefined): string {
  return first !== undefined && first !== '' ? first : second ?? '';
}

function sourceText(component: string, instance: string): string {
  return instance === '' ? component : `${component}, ${instance}`;
}

const ROLE_PREFIX = 'node-role.kubernetes.io/';

const nodes = definePrinter<coreV1.Node>({
  group: '', resource: 'nodes', columns: 'Name! | Status | Roles | Age | Version | Internal-IP+ | External-IP+ | OS-Image+ | Kernel-Version+ | Container-Runtime+',
  cells(node, now) {
    const { metadata, status } = node;
    const info = status?.nodeInfo;
    const roles = nodeRoles(metadata.labels ?? {}).join(',');
    const kernel = orUnknown(info?.kernelVersion) + (info?.architecture === undefined || info.architecture === '' ? '' : ` (${info.architecture})`);
    return [
      metadata.name, nodeStatus(node), roles === '' ? '<none>' : roles, age(metadata.creationTimestamp, now), info?.kubeletVersion ?? '',
      addressOf(node, 'InternalIP'), addressOf(node, 'ExternalIP'), orUnknown(info?.osImage), kernel, orUnknown(info?.containerRuntimeVersion),
    ];
  },
});

function nodeStatus({ spec, status }: Readonly<coreV1.Node>): string {
  const ready = status?.conditions?.findLast(({ type }) => type === 'Ready');
  const text = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec?.unschedulable === true ? `${text},SchedulingDisabled` : text;
}

function nodeRoles(labels: Readonly<Record<string, string>>): string[] {
  const roles = Object.entries(labels).map(([key, value]) => (key.startsWith(ROLE_PREFIX) ? key.slice(ROLE_PREFIX.length) : key === 'kubernetes.io/role' ? value : ''));
  return [...new Set(roles.filter((role) => role !== ''))].sort();
}

function addressOf({ status }: Readonly<coreV1.Node>, wanted: string): string {
  return status?.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>';
}

function orUnknown(text: string | undefined): string {
  return text === undefined || text === '' ? '<unknown>' : text;
}

export const corePrinters: readonly Printer[] = [
  configMaps, secrets, serviceAccounts, namespaces, resourceQuotas, componentStatuses, events, { ...events, group: 'events.k8s.io' }, nodes,
];
