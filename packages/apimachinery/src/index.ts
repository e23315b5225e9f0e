/**
 * Object machinery that knows no kind by name: metadata, errors, selectors, quantities, patches, server-side apply,
 * validation primitives and codecs. Pure: no I/O, no clock, no chance. Schemas and facts come in as parameters.
 */
export type { Json, JsonObject } from './json.ts';
export { isJsonObject } from './json.ts';
export { copyJson } from './copy-json.ts';
export type { ListMeta, ManagedFieldsEntry, ObjectMeta, OwnerReference } from './meta/object-meta.ts';
export { objectKey, splitObjectKey, type KubeList, type KubeObject } from './meta/kube-object.ts';
export { formatApiVersion, formatGroupResource, parseApiVersion, type GroupResource, type GroupVersion, type GroupVersionKind, type GroupVersionResource } from './meta/group-version.ts';
export type { Status, StatusCause, StatusDetails } from './errors/status.ts';
export * from './errors/status-error.ts';
export * from './validation/field-error.ts';
// Patches and server-side apply.
export { applyJsonPatch, jsonPatchUnknownFields } from './patch/json-patch.ts';
export { PatchMismatch } from './patch/json-pointer.ts';
export { applyMergePatch, createMergePatch } from './patch/merge-patch.ts';
export { applyStrategicMergePatch } from './patch/strategic/strategic-merge-patch.ts';
export { createStrategicMergePatch, type StrategicPatchRequest } from './patch/strategic/create-strategic-patch.ts';
export { goValueText } from './patch/go-value-text.ts';
export { jsonEquals } from './patch/json-equals.ts';
export { sameJson } from './same-json.ts';
export { createFieldManager, type ApplyRequest, type FieldManager, type FieldManagerOptions, type UpdateRequest } from './apply/field-manager.ts';
export type { ResetFields } from './apply/field-filter.ts';
export { mergeTyped } from './apply/merge-typed.ts';
export { keepTimesOfUnchanged } from './apply/keep-times.ts';
export { decodeManagedFields } from './apply/managed-set.ts';
export { managerName } from './apply/manager-name.ts';
export { managedFieldsAfterScale, managedFieldsOfScale, type ReplicasPaths, type ScaleWrite } from './apply/scale-fields.ts';
// Selectors, quantities, times, names and validation.
export {
  everything, formatLabelSelector, labelRequirement, matchesLabels, nothing, selectorFromLabels, selectorFromLabelSelector,
  type LabelOperator, type LabelRequirement, type Labels, type LabelSelector, type LabelSelectorObject,
} from './labels/label-selector.ts';
export { parseLabelSelector } from './labels/parse-label-selector.ts';
export { escapeFieldValue, formatFieldSelector, matchesFields, parseFieldSelector, requiredFieldValue, type FieldRequirement, type FieldSelector } from './fields/field-selector.ts';
export * from './quantity/quantity.ts';
export { quantityMilliValue, quantityToNumber, quantityValue } from './quantity/quantity-numbers.ts';
export { percentOf, scaledIntOrPercent, type IntOrString } from './quantity/int-or-string.ts';
export { formatMicroTime, formatTime, normaliseMicroTime, normaliseTime, timeToMs } from './time/rfc3339.ts';
export { formatDuration, parseDuration } from './time/go-duration.ts';
export { isTimeZone, parseCronSchedule, type CronField, type CronSchedule } from './time/cron-schedule.ts';
export { goFloat } from './codec/go-float.ts';
export { goJson, goQuote } from './codec/go-text.ts';
export { fnv32a, generateName, newUid, randomSuffix, safeEncode } from './meta/generated-name.ts';
export * from './validation/name-rules.ts';
export { labelKeyFaults, labelValueFaults } from './validation/label-rules.ts';
export { validateLabelKey, validateLabels, validateLabelSelector, type LabelSelectorRules } from './validation/label-selector-rules.ts';
export * from './validation/object-meta-rules.ts';
export { repeatedIndexes } from './validation/repeated-indexes.ts';
// Schemas: one walk that checks, defaults and prunes.
export type { Schema, SchemaResolver } from './schema/schema.ts';
export { referencedName, resolveSchema } from './schema/resolve-schema.ts';
export type { GoFields, GoFieldsOf } from './schema/go-fields.ts';
export { schemaSet, type CompiledSchema, type Normalised, type SchemaSetOptions } from './schema/compile-schema.ts';
export { DecodeError } from './schema/decode-context.ts';
// Addresses and ranges of addresses.
export { cidrOf, containsCidr, containsIp, formatCidr, lastOfCidr, overlapsCidr, parseCidr, type Cidr } from './addresses/cidr.ts';
export { formatIp, ipFamilyOf, parseIp, readIp, type IpAddress, type IpFamily } from './addresses/ip-address.ts';
// Codecs.
export { decodeJson, strictFaults, type DecodedJson } from './codec/decode-json.ts';
export type { KeyOccurrence } from './codec/json-duplicates.ts';
export { jsonSyntaxFault } from './codec/json-syntax.ts';
export { decodeYaml, type DecodedYaml } from './codec/decode-yaml.ts';
export { encodeYaml } from './codec/encode-yaml.ts';
export { abbreviateBody } from './codec/abbreviate-body.ts';
export { readTypeMeta, type TypeMeta } from './codec/type-meta.ts';
export type { ProtobufField, ProtobufNamespace } from './codec/protobuf/descriptor.ts';
export { isProtobufEnvelope, protobufCodec, readEnvelope, writeEnvelope, type ProtobufCodec, type ProtobufEnvelope } from './codec/protobuf/protobuf-codec.ts';
