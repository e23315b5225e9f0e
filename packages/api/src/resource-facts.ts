import type { GroupVersion, GroupVersionKind, GroupVersionResource } from '@kubernode/apimachinery';
import resourcesJson from './facts/resources.json' with { type: 'json' };

/** A path below an object: `deployments/NAME/scale`. Its kind may be of another group than the resource's. */
export interface SubresourceFacts extends GroupVersionKind {
  name: string;
  verbs: readonly string[];
}

/** What is known of a served resource without reading code. One entry for each group, version and resource. */
export interface ResourceFacts extends GroupVersionResource {
  /** Empty for kinds that discovery gives none. */
  singular: string;
  kind: string;
  namespaced: boolean;
  verbs: readonly string[];
  shortNames?: readonly string[];
  categories?: readonly string[];
  /** Key into `schemas`; absent for kinds without one. */
  schema?: string;
  /** Where objects are stored, `/registry/…/`; absent for what is never stored (reviews, bindings). */
  etcdPrefix?: string;
  /** The group and version that stored objects are written in, where it is not this one. */
  storage?: GroupVersion;
  subresources?: readonly SubresourceFacts[];
}

/** Every built-in resource, core group first, in discovery's order. */
export const resources: readonly ResourceFacts[] = resourcesJson as readonly ResourceFacts[]; // generated in this shape

const byResource = new Map(resources.map((r) => [`${r.group}/${r.version}/${r.resource}`, r]));
const byKind = new Map(resources.map((r) => [`${r.group}/${r.version}/${r.kind}`, r]));

export function resourceFacts({ group, version, resource }: GroupVersionResource): ResourceFacts | undefined {
  return byResource.get(`${group}/${version}/${resource}`);
}

/** The resource of a kind; undefined for kinds that are none (lists, options, unknown ones). */
export function resourceOfKind({ group, version, kind }: GroupVersionKind): ResourceFacts | undefined {
  return byKind.get(`${group}/${version}/${kind}`);
}
