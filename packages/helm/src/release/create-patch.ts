import { createMergePatch, createStrategicMergePatch, parseApiVersion, type JsonObject } from '@kubernode/apimachinery';
import { resourceOfKind, schemas } from '@kubernode/api';
import type { ObjectPatch, ObjectType } from './release-cluster.ts';

/** What Helm has no merge keys for, though Kubernetes has. */
const WITHOUT_MERGE_KEYS = new Set(['apiregistration.k8s.io']);

export interface PatchInput {
  type: ObjectType;
  /** What the release asked for last time. */
  original: JsonObject;
  /** What it asks for now. */
  target: JsonObject;
  /** What there is. */
  live: JsonObject;
}

/**
 * The patch that brings a live object to what a release asks for, as Helm makes it; undefined when there is nothing to do. Built-in kinds: what
 * `target` adds to or changes of `live`, and what it lost since `original`, lists by their merge keys; whatever others set stays. Custom
 * kinds: what changed from `original` to `target`, so what others changed since is overwritten only where the chart changed as well.
 */
export function createUpgradePatch({ type, original, target, live }: PatchInput): ObjectPatch | undefined {
  const schema = mergeSchema(type);
  const patch: ObjectPatch = schema === undefined
    ? { type: 'merge', body: createMergePatch(original, target) }
    : { type: 'strategic', body: createStrategicMergePatch({ original, modified: target, current: live, schemaName: schema, resolver: (name) => schemas[name] }) };
  return Object.keys(patch.body).length === 0 ? undefined : patch;
}

function mergeSchema({ apiVersion, kind }: ObjectType): string | undefined {
  const { group, version } = parseApiVersion(apiVersion);
  return WITHOUT_MERGE_KEYS.has(group) ? undefined : resourceOfKind({ group, version, kind })?.schema;
}
