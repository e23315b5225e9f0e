import type { ResourceFacts } from '@kubernode/api';
import { formatApiVersion, type GroupVersion, type Schema } from '@kubernode/apimachinery';
import { compareGroups, compareVersions } from './version-order.ts';

/** A resource as this server offers it now. */
export interface OfferedResource extends ResourceFacts {
  /** Made by a CustomResourceDefinition. */
  custom?: boolean;
  /** The schema of a custom resource's objects as its definition gives it; objects of any shape when absent. */
  customSchema?: Schema;
}

/** Everything served at one moment. A change gives a new object with a higher version, so documents are made once for each. */
export interface ServedApi {
  readonly version: number;
  readonly resources: readonly OfferedResource[];
}

/** One version of a group with its resources, in their order. */
export interface ServedVersion extends GroupVersion {
  resources: readonly OfferedResource[];
}

export interface ServedGroup {
  name: string;
  /** The preferred version first. */
  versions: readonly ServedVersion[];
}

/** Groups in the order that clients see, the core group (named '') first. */
export function servedGroups({ resources }: ServedApi): ServedGroup[] {
  const versions = [...groupBy(resources, formatApiVersion).values()].map(versionOf);
  const byGroup = groupBy(versions, ({ group }) => group);
  return [...byGroup]
    .map(([name, ofGroup]) => ({ name, versions: ofGroup.sort((a, b) => compareVersions(a.version, b.version)) }))
    .sort((a, b) => compareGroups(a.name, b.name));
}

function versionOf(resources: OfferedResource[]): ServedVersion {
  const [first] = resources as [OfferedResource]; // groupBy makes no empty lists
  return { group: first.group, version: first.version, resources };
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
