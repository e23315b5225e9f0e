import { sameJson, type IpFamily } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { groupBy } from '@kubernode/base';
import type { Action } from '@kubernode/controller';
import { isReachable, portsOn } from '../endpoints/service-pods.ts';
import { packEndpoints } from './pack-endpoints.ts';
import { withHints, type HintState } from './service-hints.ts';
import { endpointOf, familiesOf, isOwnedBy, newLabels, sliceOf } from './service-slices.ts';
import { idOf, inSliceOrder, portsId, removal, type Draft, type Endpoint, type Slice, type SliceChanges, type SlicePort } from './slice-drafts.ts';
import { addTo, emptyReport, type SliceReport, type Tally } from './slice-report.ts';
import { failureEvent, keyOf, recycled, told, writes } from './slice-writes.ts';
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
    addTo(report, tally, final, present.length);
    actions.push(...writes(service, final, snapshot.triggerMs), ...hinted.events.map((event): Action => ({ do: 'event', about: service, ...event })));
  }
  actions.push(...stale.map((slice) => ({ ...removal(slice), otherwise: told(service, `error deleting ${slice.metadata.name} EndpointSlice for Service ${keyOf(service)}`) })));
  if (faults.length > 0) actions.push(failureEvent(service, faults.length === 1 ? faults.join() : `[${faults.join(', ')}]`));
  return { actions, hints: { ...hints, counts: new Map([...hints.counts].filter(([family]) => families.includes(family))) }, report: { ...report, failed: faults.length > 0, desiredSlices: Math.max(1, report.desiredSlices) } };
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
