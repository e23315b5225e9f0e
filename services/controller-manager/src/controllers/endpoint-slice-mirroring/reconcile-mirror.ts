import { type IpFamily, readIp, sameJson } from '@kubernode/apimachinery';
import { coreV1Resources, discoveryV1Resources, type coreV1 } from '@kubernode/api';
import { groupBy } from '@kubernode/base';
import { controllerReference, type Action, type Plan } from '@kubernode/controller';
import { hasSelector } from '../endpoints/service-pods.ts';
import { repackSubsets } from '../endpoints/repack-subsets.ts';
import { withoutTriggerTime } from '../endpoints/trigger-times.ts';
import { generateNameFor, idOf, inSliceOrder, MANAGED_BY, portsId, removal, sameState, SERVICE_NAME, wireForm, type Draft, type Endpoint, type Slice, type SliceChanges, type SlicePort } from '../endpoint-slices/slice-drafts.ts';
import { isNamespaceTerminating } from '../pods.ts';
import type { MirrorReport } from './metrics.ts';

type Endpoints = Readonly<coreV1.Endpoints>;

export interface MirrorSnapshot {
  endpoints: Endpoints | undefined;
  service: Readonly<coreV1.Service> | undefined;
  /** The mirrored slices under the Service's name. */
  slices: readonly Slice[];
}

export const MANAGER = 'endpointslicemirroring-controller.k8s.io';

const resource = discoveryV1Resources.endpointslices;
const SKIP = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Endpoints that somebody wrote by hand are mirrored, unless they say otherwise or only hold a leader's lock. */
export function asksForMirror({ metadata: { labels, annotations } }: Endpoints): boolean {
  return labels?.[SKIP] !== 'true' && annotations?.[LEADER] === undefined;
}

/** Mirrors Endpoints of a Service without selector into slices: of each subset and family one, of at most `addressesMax`. */
export function reconcileMirror({ endpoints, service, slices }: MirrorSnapshot, { addressesMax }: { addressesMax: number }): Plan & { report?: MirrorReport } {
  if (endpoints === undefined || service === undefined || !asksForMirror(endpoints) || hasSelector(service.spec)) return { actions: [{ do: 'all', actions: slices.map(removal) }] };
  const { groups, invalid, skipped } = wantedGroups(endpoints, addressesMax);
  const present = groupBy(slices, ({ addressType, ports }) => `${addressType} ${portsId(ports ?? [])}`);
  const changes: SliceChanges = { create: [], update: [], remove: [] };
  for (const [id, group] of groups) addChanges(changes, endpoints, group, present.get(id) ?? []);
  for (const [id, unwanted] of present) if (!groups.has(id)) changes.remove.push(...unwanted);
  const settled = recycled(changes);
  return { actions: [...events(endpoints, { invalid, skipped, addressesMax }), ...writes(endpoints, settled)], report: reportOf(slices, groups, { changes: settled, skipped }) };
}

function reportOf(slices: readonly Slice[], groups: ReadonlyMap<string, Group>, { changes: { create, update, remove }, skipped }: { changes: SliceChanges; skipped: number }): MirrorReport {
  const wanted = new Map([...groups.values()].flatMap(({ endpoints }) => [...endpoints]));
  const present = new Map(slices.flatMap(({ endpoints }) => (endpoints ?? []).map((one) => [idOf(one), one] as const)));
  const kept = [...wanted].filter(([id]) => present.has(id));
  return {
    added: wanted.size - kept.length, removed: [...present.keys()].filter((id) => !wanted.has(id)).length, skipped, endpoints: wanted.size,
    updated: kept.filter(([id, one]) => { const before = present.get(id); return before !== undefined && !sameState(before, one); }).length,
    slices: slices.length + create.length - remove.length, desiredSlices: groups.size, created: create.length, changed: update.length, deleted: remove.length,
  };
}

interface Group { family: IpFamily; ports: readonly SlicePort[]; endpoints: Map<string, Endpoint> }

/** `skipped` are all that are left out, invalid ones too. */
function wantedGroups({ subsets = [] }: Endpoints, addressesMax: number): { groups: Map<string, Group>; invalid: number; skipped: number } {
  const groups = new Map<string, Group>();
  let [invalid, skipped] = [0, 0];
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of repackSubsets(subsets)) {
    const slicePorts = inSliceOrder(ports.map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({ name, port, protocol, ...(appProtocol !== undefined && { appProtocol }) })));
    const ofFamily = (family: IpFamily): Group => {
      const id = `${family} ${portsId(slicePorts)}`;
      const group = groups.get(id) ?? { family, ports: slicePorts, endpoints: new Map<string, Endpoint>() };
      groups.set(id, group);
      return group;
    };
    let added = 0;
    for (const [address, ready] of [...addresses.map((one) => [one, true] as const), ...notReadyAddresses.map((one) => [one, false] as const)]) {
      if (added >= addressesMax) break;
      const ip = readIp(address.ip);
      if (ip === undefined) { invalid++; continue; }
      const endpoint = endpointOf(address, ip.text, ready);
      ofFamily(ip.family).endpoints.set(idOf(endpoint), endpoint);
      added++;
    }
    skipped += addresses.length + notReadyAddresses.length - added;
  }
  return { groups, invalid, skipped };
}

function endpointOf({ hostname = '', nodeName, targetRef }: Readonly<coreV1.EndpointAddress>, ip: string, ready: boolean): Endpoint {
  return { addresses: [ip], conditions: { ready }, ...(hostname !== '' && { hostname }), ...(nodeName !== undefined && { nodeName }), ...(targetRef && { targetRef }) };
}

/** One slice a group: the first of those present is kept if it is right, written anew if not. */
function addChanges({ create, update, remove }: SliceChanges, endpoints: Endpoints, group: Group, [first, ...others]: readonly Slice[]): void {
  remove.push(...others);
  if (first !== undefined && stands(first, endpoints, group)) return;
  const draft: Draft = { ...emptySlice(endpoints, group), endpoints: [...group.endpoints.values()] };
  if (first === undefined) create.push(draft);
  else update.push(inPlaceOf(first, withoutPrefix(draft)));
}

function stands({ metadata, endpoints: present }: Slice, endpoints: Endpoints, { endpoints: wanted }: Group): boolean {
  const { [MANAGED_BY]: _manager, [SERVICE_NAME]: _service, ...labels } = metadata.labels ?? {};
  const same = (present ?? []).every((one) => { const match = wanted.get(idOf(one)); return match !== undefined && sameState(one, match); });
  return same && (present ?? []).length === wanted.size
    && sameJson(endpoints.metadata.labels ?? {}, labels) && sameJson(mirroredAnnotations(endpoints), metadata.annotations ?? {})
    && metadata.ownerReferences?.some(({ kind, name, uid }) => kind === 'Endpoints' && name === endpoints.metadata.name && uid !== endpoints.metadata.uid) !== true;
}

function emptySlice(endpoints: Endpoints, { family, ports }: Group): Draft {
  const { name, namespace, labels } = endpoints.metadata;
  const annotations = mirroredAnnotations(endpoints);
  return {
    metadata: {
      generateName: generateNameFor(name), ...(namespace !== undefined && { namespace }),
      labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER }, ...(Object.keys(annotations).length > 0 && { annotations }),
      ownerReferences: [controllerReference(endpoints, coreV1Resources.endpoints)],
    },
    addressType: family, endpoints: [], ports,
  };
}

/** What says something of the Endpoints as such is not mirrored. */
function mirroredAnnotations({ metadata }: Endpoints): Record<string, string> {
  const { [LAST_APPLIED]: _applied, ...annotations } = withoutTriggerTime(metadata.annotations);
  return annotations;
}

/** Kubernetes names a slice that it writes anew, and forgets what its name was generated from. */
function withoutPrefix(draft: Draft): Draft {
  const { generateName: _prefix, ...metadata } = draft.metadata;
  return { ...draft, metadata };
}

/** Content of a draft under the name of a slice. */
function inPlaceOf({ metadata: { name, uid, resourceVersion } }: Slice, draft: Draft): Draft {
  return { ...draft, metadata: { ...draft.metadata, name, ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) } };
}

/** What would be deleted takes the content of what would be made in its family. */
function recycled({ create, update, remove }: SliceChanges): SliceChanges {
  const rest = [...remove];
  const reused: Draft[] = [];
  const fresh = create.filter((draft) => {
    const at = rest.findIndex(({ addressType }) => addressType === draft.addressType);
    const slice = rest[at];
    if (slice === undefined) return true;
    rest.splice(at, 1);
    reused.push(inPlaceOf(slice, draft));
    return false;
  });
  return { create: fresh, update: [...update, ...reused], remove: rest };
}

function writes(endpoints: Endpoints, { create, update, remove }: SliceChanges): Action[] {
  const creates = endpoints.metadata.deletionTimestamp === undefined ? create : [];
  return [
    ...creates.map((draft): Action => ({ do: 'create', resource, object: wireForm(draft), otherwise: (error) => ({ handled: isNamespaceTerminating(error) }) })),
    ...update.map((draft): Action => ({ do: 'update', resource, object: wireForm(draft) as never })), // a slice, with the null that Kubernetes writes for empty lists
    ...remove.map(removal),
  ];
}

function events(about: Endpoints, { invalid, skipped, addressesMax }: { invalid: number; skipped: number; addressesMax: number }): Action[] {
  const warn = (reason: string, message: string): Action => ({ do: 'event', about, type: 'Warning', reason, message });
  return [
    ...(invalid > 0 ? [warn('InvalidIPAddress', `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`)] : []),
    ...(skipped > invalid ? [warn('TooManyAddressesToMirror', `A max of ${addressesMax} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`)] : []),
  ];
}
