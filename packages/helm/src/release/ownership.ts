import { isJsonObject, type Json, type JsonObject } from '@kubernode/apimachinery';
import { metadataMap, type ManifestObject } from './manifest-objects.ts';
import type { ObjectRef } from './release-cluster.ts';

/** A release as the owner of objects. */
export interface Owner { name: string; namespace: string }

const MANAGED_BY = 'app.kubernetes.io/managed-by';
const HELM = 'Helm';
const RELEASE_NAME = 'meta.helm.sh/release-name';
const RELEASE_NAMESPACE = 'meta.helm.sh/release-namespace';

/** The object with the label and annotations by which Helm knows whose it is. */
export function withOwner(entry: ManifestObject, owner: Owner): ManifestObject {
  const metadata = isJsonObject(entry.object['metadata']) ? entry.object['metadata'] : {};
  const labels = { ...metadataMap(entry.object, 'labels'), [MANAGED_BY]: HELM };
  const annotations = { ...metadataMap(entry.object, 'annotations'), [RELEASE_NAME]: owner.name, [RELEASE_NAMESPACE]: owner.namespace };
  return { ...entry, object: { ...entry.object, metadata: { ...metadata, labels, annotations } } };
}

/** Why a release may not take over an object that is there already, in Helm's words; undefined when it may. */
export function ownershipFault(ref: ObjectRef, live: JsonObject, owner: Owner): string | undefined {
  const [labels, annotations] = [metadataMap(live, 'labels'), metadataMap(live, 'annotations')];
  const faults = [
    requireValue('label', labels, MANAGED_BY, HELM),
    requireValue('annotation', annotations, RELEASE_NAME, owner.name),
    requireValue('annotation', annotations, RELEASE_NAMESPACE, owner.namespace),
  ].filter((fault) => fault !== undefined);
  if (faults.length === 0) return undefined;
  return `${ref.kind} "${ref.name}" in namespace "${ref.namespace}" exists and cannot be imported into the current release: invalid ownership metadata; ${faults.join('; ')}`;
}

function requireValue(what: 'label' | 'annotation', map: Readonly<Record<string, Json>>, key: string, wanted: string): string | undefined {
  const actual = map[key];
  if (actual === undefined) return `${what} validation error: missing key "${key}": must be set to "${wanted}"`;
  return actual === wanted ? undefined : `${what} validation error: key "${key}" must equal "${wanted}": current value is "${String(actual)}"`;
}
