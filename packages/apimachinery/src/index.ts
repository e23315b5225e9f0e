/**
 * Object machinery that knows no kind by name: metadata, errors, selectors, quantities, patches, server-side apply,
 * validation primitives and codecs. Pure: no I/O, no clock, no chance. Schemas and facts come in as parameters.
 */
export type { Json, JsonObject } from './json.ts';
export { isJsonObject } from './json.ts';
export type { ListMeta, ManagedFieldsEntry, ObjectMeta, OwnerReference } from './meta/object-meta.ts';
export { objectKey, splitObjectKey, type KubeList, type KubeObject } from './meta/kube-object.ts';
export { formatApiVersion, formatGroupResource, parseApiVersion, type GroupResource, type GroupVersion, type GroupVersionKind, type GroupVersionResource } from './meta/group-version.ts';
export type { Status, StatusCause, StatusDetails } from './errors/status.ts';
export * from './errors/status-error.ts';
export * from './validation/field-error.ts';
// Patches and server-side apply.
export { applyJsonPatch, jsonPatchUnknownFields } from './patch/json-patch.ts';
export { applyMergePatch, createMergePatch } from './patch/merge-patch.ts';
export { applyStrategicMergePatch } from './patch/strategic/strategic-merge-patch.ts';
export { goValueText } from './patch/go-value-text.ts';
export { jsonEquals } from './patch/json-equals.ts';
