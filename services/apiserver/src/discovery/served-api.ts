import type { ResourceFacts } from '@kubernode/api';
import { formatApiVersion, type GroupVersion, type Schema } from '@kubernode/apimachinery';
import { groupBy } from '@kubernode/base';
import { compareGroups, compareVersions, groupPriority } from './version-order.ts';

/** A resource as this server offers it now. */
export interface OfferedResource extends ResourceFacts {
  /** Made by a CustomResourceDefinition. */
  custom?: boolean;
  /** The kind of a list of them; by default the kind's own name and List. */
  listKind?: string;
  /** The schema of a custom resource's objects as its definition gives it; objects of any shape when absent. */
  customSchema?: Schema;
  /** Paths of fields by which custom objects can be selected: `spec.color`. */
  selectableFields?: readonly string[];
}

/** Everything served at one moment. A change gives a new object with a higher version, so documents are made once for each. */
export interface ServedApi {
  readonly version: number;
  readonly resources: readonly OfferedResource[];
  /** What other servers answer for, in this server's name. */
  readonly remote?: readonly RemoteOffer[];
}

/** A version of a group that another server answers for, with what it says of itself. */
export interface RemoteOffer extends GroupVersion {
  groupPriority: number;
  versionPriority: number;
  /** Stale: the server does not answer just now. */
  freshness: 'Current' | 'Stale';
  /** As they stand in aggregated discovery. */
  resources: readonly object[];
}

/** One version of a group with its resources, in their order. */
export interface ServedVersion extends GroupVersion {
  resources: readonly OfferedResource[];
  /** Of another server; `resources` are none then. */
  remote?: RemoteOffer;
}

export interface ServedGroup {
  name: string;
  /** The preferred version first. */
  versions: readonly ServedVersion[];
}

/** Groups in the order that clients see, the core group (named '') first. */
export function servedGroups({ resources, remote = [] }: ServedApi): ServedGroup[] {
  const byVersion = new Map<string, ServedVersion>([...groupBy(resources, formatApiVersion)].map(([apiVersion, of]) => [apiVersion, versionOf(of)]));
  for (const offer of remote) byVersion.set(formatApiVersion(offer), { group: offer.group, version: offer.version, resources: [], remote: offer });
  const byGroup = groupBy([...byVersion.values()], ({ group }) => group);
  return [...byGroup]
    .map(([name, ofGroup]) => ({ name, versions: ofGroup.sort(compareOffers), priority: Math.max(...ofGroup.map((one) => one.remote?.groupPriority ?? groupPriority(name))) }))
    .sort((a, b) => (remote.length > 0 && a.priority !== b.priority ? b.priority - a.priority : compareGroups(a.name, b.name)))
    .map(({ name, versions }) => ({ name, versions }));
}

/** Among versions of other servers what their APIServices say counts more than names. */
function compareOffers(a: ServedVersion, b: ServedVersion): number {
  if (a.remote !== undefined && b.remote !== undefined && a.remote.versionPriority !== b.remote.versionPriority) return b.remote.versionPriority - a.remote.versionPriority;
  return compareVersions(a.version, b.version);
}

function versionOf(resources: OfferedResource[]): ServedVersion {
  const [first] = resources as [OfferedResource]; // groupBy makes no empty lists
  return { group: first.group, version: first.version, resources };
}
