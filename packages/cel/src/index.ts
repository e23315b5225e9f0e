/**
 * The Common Expression Language as Kubernetes speaks it: syntax, types, functions, costs and messages of cel-go with Kubernetes' library.
 *
 * Pure: no I/O, no clock, no chance. An expression always ends: it is not Turing-complete and stops at a cost limit. Regular expressions are
 * RE2's, linear in time. Non-goals: protobuf messages, other dialects.
 */
export { CelCompileError, compile, type CompiledExpression } from './compile.ts';
export { noTypes, type Environment, type Functions, type Overload, type TypeProvider } from './check/declarations.ts';
export { CostLimitExceeded, type Activation } from './eval/frame.ts';
export type { Outcome } from './eval/plan.ts';
export type { SizedNode, SizeHint } from './cost/estimate.ts';
export { MOST as MOST_COST, type Range as CostRange } from './cost/range.ts';
export { kubernetesFunctions, mutationFunctions } from './library/kubernetes.ts';
export { Authorizer, authorizerType, ResourceCheck, resourceCheckType, type AccessDecision, type AccessQuestion, type DecideAccess } from './library/authorizer.ts';
export { quantityType } from './library/quantities.ts';
export { compileRegex } from './library/regex-cache.ts';
export { isUrl } from './library/urls.ts';
export { compareValues, valuesEqual } from './values/equality.ts';
export { fromJson, toJson } from './values/json.ts';
export { ArrayList, CelList } from './values/list.ts';
export { CelMap, EntryMap } from './values/map.ts';
export { formatDurationNanos, formatTimestamp, parseDurationNanos, parseTimestamp } from './values/time-text.ts';
export { CelError, CelStruct, Duration, Opaque, Optional, Timestamp, TypeValue, Uint, type Result, type SameValues, type Value } from './values/value.ts';
export {
  boolType, bytesType, doubleType, durationType, dynType, formatType, intType, listType, mapType, nullType, optionalType, sameType, stringType, structType, timestampType, typeType, uintType,
  type CelType,
} from './types/cel-type.ts';
// What expressions of admission policies and match conditions may name and result in.
export { APPLY_CONFIGURATION, AUDIT_VALUE, CONDITION, compileExpression, JSON_PATCHES, MESSAGE, type PolicyExpression, type ResultTypes } from './admission/compile-expression.ts';
export { patchJson, PatchStruct, typeNameFaults } from './admission/patch-types.ts';
export { policyEnvironment, type EnvironmentOptions } from './admission/policy-environment.ts';
export { variablesType } from './admission/declared-types.ts';
export { compileVariables, type NamedExpression, type PolicyVariables } from './admission/variables.ts';
export { compileDeviceSelector, DEVICE_SELECTOR_COST_MAX, deviceActivation, deviceSizeHint, type DescribedDevice } from './devices/device-selector.ts';
