/**
 * Custom resources as data: what their schemas make of values (pruning, defaults, faults in Kubernetes' words) and the rules that schemas carry.
 * Pure. Serving them is the API server's part.
 */
export { additionalOf, itemsOf, META_FIELDS, propertyOf, schemaOfKey, type SchemaProps, type ValidationRule } from './structural/schema-parts.ts';
export { pruneObject, pruneValue } from './values/prune.ts';
export { applyDefaults, dropUnwantedNulls } from './values/defaults.ts';
export { validateObject, validateValue } from './values/validate-value.ts';
export { validateListTypes } from './values/list-types.ts';
export { validateEmbeddedObjects } from './values/embedded-objects.ts';
export { fitsFormat, isKnownFormat } from './values/formats.ts';
export { hasRules, ruleTree, type RuleNode } from './rules/rule-tree.ts';
export { compileRules, type CompiledRule, type CompiledRules } from './rules/compile-rules.ts';
export { declareType, type DeclaredType } from './rules/declared-type.ts';
export { evaluateRules, evaluateRulesOfValue, RULE_BUDGET, type RuleOutcome } from './rules/evaluate-rules.ts';
export { findField, type FoundField } from './rules/rule-field-path.ts';
export { defaultDefinition, recordStoredVersion } from './definition/definition-defaults.ts';
export { unknownFormats, validateDefinition, type ClientConfigFaults } from './definition/validate-definition.ts';
export { structuralFaults } from './definition/structural-faults.ts';
