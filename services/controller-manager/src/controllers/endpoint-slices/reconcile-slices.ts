import type { coreV1 } from '@kubernode/api';
import { discoveryV1Resources } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import type { IpFamily } from '../addresses/ip-address.ts';
import { isReachable, portsOn } from '../endpoints/service-pods.ts';
import { withTriggerTime } from '../endpoints/trigger-times.ts';
import { isNamespaceTerminating } from '../pods.ts';
import { sameJson } from '../same-json.ts';
import { packEndpoints } from './pack-endpoints.ts';
import { withHints, type HintState } from './service-hints.ts';
import { wantsTopologyHints } from './topology-hints.ts';
import { trafficDistributionOf } from './traffic-distribution.ts';
import { endpointOf, familiesOf, isOwnedBy, newLabels, sliceOf } from './service-slices.ts';
import { groupBy, idOf, inSliceOrder, portsId, removal, wireForm, type Draft, type Endpoint, type Slice, type SliceChanges, type SlicePort } from './slice-drafts.ts';
import type { ZoneShares } from './zone-shares.ts';

type Service = Readonly<coreV1.Service>;

export interface SlicesSnapshot {
  service: Service;
  pods: readonly Readonly<coreV1.Pod>[];
  /** Those that this controller manages and nobody deletes. */
  slices: readonly Slice[];
  /** A node's zone, '' where it has none; undefined for a node that is not known. */
  zoneOf(nodeName: string): string | undefined;
  /** Asked only by Services that want hints. */
  shares(): ZoneShares;
  hints: HintState;
  triggerMs: number | undefined;
}

export interface SlicesPlan {
  actions: readonly Action[];
  hints: HintState;
  report: SliceReport;
}

/** What a look at a Service came to. */
export interface SliceReport {
  /** Some pods had to be left out; to be tried again. */
  failed: boolean;
  added: number;
  removed: number;
  created: number;
  updated: number;
  deleted: number;
  endpoints: number;
  slices: number;
  /** As few slices as the endpoints would fit into. */
  desiredSlices: number;
  topology: 'Auto' | 'Disabled';
  trafficDistribution: string;
}

const resource = discoveryV1Resources.endpointslices;

/** Keeps a Service's addresses in slices, so that a change of one pod sends little: family by family, in each by ports. */
export function reconcileSlices(snapshot: SlicesSnapshot, { endpointsMax }: { endpointsMax: number }): SlicesPlan {
  const { service, slices } = snapshot;
  const families = familiesOf(service);
  const stale = slices.filter(({ addressType }) => !(families as readonly string[]).includes(addressType));
  const actions: Action[] = [];
  const faults: string[] = [];
  const report = emptyReport(service, stale.length);
  let { hints } = snapshot;
  for (const family of families) {
    const present = slices.filter(({ addressType }) => addressType === family);
    const { changes, missing, tally } = changesOf(snapshot, family, present, endpointsMax);
    const hinted = withHints(changes, unchangedOf(present, changes), { service, family, shares: snapshot.shares(), state: hints });
    hints = hinted.state;
    faults.push(...missing);
    const final = recycled(hinted.changes, service);
    note(report, tally, final, present.length);
    actions.push(...writes(service, final, snapshot.triggerMs), ...hinted.events.map((event): Action => ({ do: 'event', about: service, ...event })));
  }
  actions.push(...stale.map((slice) => ({ ...removal(slice), otherwise: told(service, `error deleting ${slice.metadata.name} EndpointSlice for Service ${keyOf(service)}`) })));
  if (faults.length > 0) actions.push(failureEvent(service, faults.length === 1 ? faults.join() : `[${faults.join(', ')}]`));
  return { actions, hints: { ...hints, counts: new Map([...hints.counts].filter(([family]) => families.includes(family))) }, report: { ...report, failed: faults.length > 0, desiredSlices: Math.max(1, report.desiredSlices) } };
}

function emptyReport(service: Service, deleted: number): SliceReport {
  const isAuto = wantsTopologyHints(service);
  return { failed: false, added: 0, removed: 0, created: 0, updated: 0, deleted, endpoints: 0, slices: 0, desiredSlices: 0, topology: isAuto ? 'Auto' : 'Disabled', trafficDistribution: isAuto ? '' : trafficDistributionOf(service) ?? '' };
}

type Tally = Pick<SliceReport, 'added' | 'removed' | 'endpoints' | 'desiredSlices'>;

function note(report: SliceReport, tally: Tally, { create, update, remove }: SliceChanges, present: number): void {
  for (const name of ['added', 'removed', 'endpoints', 'desiredSlices'] as const) report[name] += tally[name];
  report.created += create.length;
  report.updated += update.length;
  report.deleted += remove.length;
  report.slices += present + create.length - remove.length;
}

function changesOf(snapshot: SlicesSnapshot, family: IpFamily, present: readonly Slice[], endpointsMax: number): { changes: SliceChanges; missing: readonly string[]; tally: Tally } {
  const { service } = snapshot;
  const owned = present.filter((slice) => isOwnedBy(slice, service));
  const byPorts = groupBy(owned, ({ ports }) => portsId(ports ?? []));
  const { groups, missing } = wantedGroups(snapshot, family);
  const changes: SliceChanges = { create: [], update: [], remove: present.filter((slice) => !owned.includes(slice)) };
  const tally: Tally = { added: 0, removed: 0, endpoints: 0, desiredSlices: 0 };
  for (const [id, { ports, endpoints }] of groups) {
    const packed = packEndpoints({ present: byPorts.get(id) ?? [], wanted: [...endpoints.values()], endpointsMax, newLabels: newLabels(service), fresh: () => sliceOf(service, family, ports) });
    changes.create.push(...packed.create);
    changes.update.push(...packed.update);
    changes.remove.push(...packed.remove);
    tally.added += packed.added;
    tally.removed += packed.removed;
    tally.endpoints += endpoints.size;
    tally.desiredSlices += Math.ceil(endpoints.size / endpointsMax);
  }
  for (const [id, unwanted] of byPorts) if (!groups.has(id)) changes.remove.push(...unwanted);
  return { changes: withPlaceholder(changes, present, sliceOf(service, family, [])), missing, tally };
}

interface Group { ports: readonly SlicePort[]; endpoints: Map<string, Endpoint> }

/** Endpoints by the ports they offer. A pod whose node is unknown waits for it, unless the Service wants any pod. */
function wantedGroups({ service, pods, zoneOf }: SlicesSnapshot, family: IpFamily): { groups: Map<string, Group>; missing: string[] } {
  const groups = new Map<string, Group>();
  const missing: string[] = [];
  for (const pod of pods.filter(isReachable)) {
    const ports = inSliceOrder(portsOn(service, pod));
    const id = portsId(ports);
    const group: Group = groups.get(id) ?? { ports, endpoints: new Map() };
    groups.set(id, group);
    const nodeName = pod.spec?.nodeName ?? '';
    const zone = zoneOf(nodeName);
    if (zone === undefined && service.spec?.publishNotReadyAddresses !== true) {
      missing.push(`skipping Pod ${pod.metadata.name} for Service ${keyOf(service)}: Node ${nodeName} Not Found`);
      continue;
    }
    const endpoint = endpointOf(pod, { service, family, zone });
    if (endpoint.addresses.length > 0) group.endpoints.set(idOf(endpoint), endpoint);
  }
  return { groups, missing };
}

/** A Service without endpoints has one slice that says so. */
function withPlaceholder(changes: SliceChanges, present: readonly Slice[], placeholder: Draft): SliceChanges {
  const { create, remove } = changes;
  if (create.length > 0 || remove.length < present.length) return changes;
  const [only] = remove;
  if (remove.length === 1 && only !== undefined && isPlaceholder(only, placeholder)) return { ...changes, remove: [] };
  return { ...changes, create: [placeholder] };
}

function isPlaceholder({ metadata, ports, endpoints }: Slice, placeholder: Draft): boolean {
  return (ports ?? []).length === 0 && (endpoints ?? []).length === 0 && sameJson(metadata.labels ?? {}, placeholder.metadata.labels ?? {});
}

function unchangedOf(present: readonly Slice[], { update, remove }: SliceChanges): Slice[] {
  const changed = new Set([...update, ...remove].map(({ metadata }) => metadata.name));
  return present.filter(({ metadata }) => !changed.has(metadata.name));
}

/** What would be deleted takes the content of what would be made: one write, and readers see no gap. */
function recycled({ create, update, remove }: SliceChanges, service: Service): SliceChanges {
  const fresh = [...create];
  const recycledDrafts: Draft[] = [];
  const rest = remove.filter((slice) => {
    if (!isOwnedBy(slice, service)) return true;
    const draft = fresh.pop();
    if (draft === undefined) return true;
    const { name, uid, resourceVersion } = slice.metadata;
    recycledDrafts.push({ ...draft, metadata: { ...draft.metadata, name, ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) } });
    return false;
  });
  return { create: fresh, update: [...update, ...recycledDrafts], remove: rest };
}

function writes(service: Service, { create, update, remove }: SliceChanges, triggerMs: number | undefined): Action[] {
  const key = keyOf(service);
  const creates = service.metadata.deletionTimestamp === undefined ? create : [];
  return [
    ...creates.map((draft): Action => ({
      do: 'create', resource, object: wireForm(triggered(draft, triggerMs)),
      otherwise: (error) => (isNamespaceTerminating(error) ? { handled: true } : told(service, `failed to create EndpointSlice for Service ${key}`)(error)),
    })),
    ...update.map((draft): Action => ({
      do: 'update', resource, object: wireForm(triggered(draft, triggerMs)) as never, // a slice, with the null that Kubernetes writes for empty lists
      otherwise: told(service, `failed to update ${draft.metadata.name ?? ''} EndpointSlice for Service ${key}`),
    })),
    ...remove.map((slice): Action => ({ ...removal(slice), otherwise: told(service, `failed to delete ${slice.metadata.name} EndpointSlice for Service ${key}`) })),
  ];
}

function triggered(draft: Draft, triggerMs: number | undefined): Draft {
  const { annotations: before, ...metadata } = draft.metadata;
  const annotations = withTriggerTime(before, triggerMs);
  return { ...draft, metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) } };
}

function told(service: Service, what: string): (error: { message: string }) => { actions: readonly Action[] } {
  return (error) => ({ actions: [failureEvent(service, `${what}: ${error.message}`)] });
}

function failureEvent(service: Service, failure: string): Action {
  return { do: 'event', about: service, type: 'Warning', reason: 'FailedToUpdateEndpointSlices', message: `Error updating Endpoint Slices for Service ${keyOf(service)}: ${failure}` };
}

function keyOf({ metadata: { name, namespace = '' } }: Service): string { return `${namespace}/${name}`; }
