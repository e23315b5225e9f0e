import { forbiddenField, internalFieldError, invalidValue, notSupported, required, type FieldError, type Json } from '@kubernode/apimachinery';
import { type CompiledRule, type CompiledRules, compileRules } from '../rules/compile-rules.ts';
import { findField } from '../rules/rule-field-path.ts';
import type { SchemaProps, ValidationRule } from '../structural/schema-parts.ts';
import { type CostContext, MOST_RULE_COST, overBudget } from './rule-costs.ts';

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

interface RulesOf {
  schema: SchemaProps;
  path: string;
  /** The part of the schema in which values have no past; rules there can't ask for it. */
  uncorrelated: string | undefined;
  /** Absent where rules are not compiled: inside of choices, or when the schema is faulty anyway. */
  costs: CostContext | undefined;
  unchanged: boolean;
}

/** Faults of how a schema's rules are written, and, to be asked for once there are none, those of what they say and cost. */
export function ruleFaults(rules: RulesOf): { schema: FieldError[]; cost: () => FieldError[] } {
  const { schema, path } = rules;
  const written = schema['x-kubernetes-validations'] ?? [];
  const at = (i: number): string => `${path}.x-kubernetes-validations[${i}]`;
  return { schema: written.flatMap((rule, i) => writingFaults(rule, schema, at(i))), cost: () => (written.length === 0 ? [] : compilationFaults(rules, at)) };
}

function writingFaults(rule: ValidationRule, schema: SchemaProps, path: string): FieldError[] {
  const { message = '', messageExpression = '', fieldPath = '', reason } = rule;
  return [
    ...textFaults(rule.rule.trim(), message, path),
    ...(messageExpression !== '' && messageExpression.trim() === '' ? [required(`${path}.messageExpression`, 'messageExpression must be non-empty if specified')] : []),
    ...(reason === undefined || REASONS.includes(reason) ? [] : [notSupported(`${path}.reason`, reason, REASONS)]),
    ...(fieldPath !== '' && fieldPath.trim() === '' ? [invalidValue(`${path}.fieldPath`, fieldPath, 'must be non-empty if specified')] : []),
    ...(hasLineBreak(fieldPath) ? [invalidValue(`${path}.fieldPath`, fieldPath, 'must not contain line breaks')] : []),
    ...(fieldPath !== '' && !leadsSomewhere(fieldPath, schema) ? [invalidValue(`${path}.fieldPath`, fieldPath, 'must be a valid path')] : []),
  ];
}

function textFaults(rule: string, message: string, path: string): FieldError[] {
  if (rule === '') return [required(`${path}.rule`, 'rule is not specified')];
  if (message !== '' && message.trim() === '') return [invalidValue(`${path}.message`, message, 'must be non-empty if specified')];
  if (hasLineBreak(message.trim())) return [invalidValue(`${path}.message`, message, 'must not contain line breaks')];
  return hasLineBreak(rule) && message.trim() === '' ? [required(`${path}.message`, 'message must be specified if rule contains line breaks')] : [];
}

function hasLineBreak(text: string): boolean {
  return /[\n\r]/.test(text);
}

function leadsSomewhere(fieldPath: string, schema: SchemaProps): boolean {
  try {
    findField(fieldPath, schema);
    return true;
  } catch {
    return false; // findField throws for nothing else
  }
}

function compilationFaults({ schema, path, uncorrelated, costs, unchanged }: RulesOf, at: (i: number) => string): FieldError[] {
  if (costs === undefined) return [];
  if (costs.declared === undefined) {
    return [internalFieldError(`${path}.x-kubernetes-validations`, 'internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations')];
  }
  const compiled = compileRules(schema, costs.declared);
  return compiled.rules.flatMap((rule, i) => [
    ...costFaults({ rule, compiled, costs, path: at(i), unchanged }),
    ...(rule.fault === undefined ? [] : [invalidValue(`${at(i)}.rule`, internalRule(rule.rule), rule.fault)]),
    ...messageFaults({ rule, costs, path: at(i), unchanged }),
    ...oldSelfFaults(rule, at(i), uncorrelated),
  ]);
}

function costFaults({ rule, compiled, costs, path, unchanged }: { rule: CompiledRule; compiled: CompiledRules; costs: CostContext; path: string; unchanged: boolean }): FieldError[] {
  const cost = costs.costOf(rule.maxCost, compiled.maxCardinality);
  costs.totals.add(`${path}.rule`, cost);
  return !unchanged && cost > MOST_RULE_COST ? [forbiddenField(`${path}.rule`, overBudget('estimated rule cost', cost, MOST_RULE_COST))] : [];
}

function messageFaults({ rule, costs, path, unchanged }: { rule: CompiledRule; costs: CostContext; path: string; unchanged: boolean }): FieldError[] {
  if (rule.messageFault !== undefined) return [invalidValue(`${path}.messageExpression`, internalRule(rule.rule), rule.messageFault)];
  if (rule.message === undefined) return [];
  costs.totals.add(`${path}.messageExpression`, rule.messageMaxCost);
  return !unchanged && rule.messageMaxCost > MOST_RULE_COST ? [forbiddenField(`${path}.messageExpression`, overBudget('estimated messageExpression cost', rule.messageMaxCost, MOST_RULE_COST))] : [];
}

function oldSelfFaults({ rule, usesOldSelf }: CompiledRule, path: string, uncorrelated: string | undefined): FieldError[] {
  if (usesOldSelf) return uncorrelated === undefined ? [] : [invalidValue(`${path}.rule`, rule.rule, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`)];
  return rule.optionalOldSelf === undefined ? [] : [invalidValue(`${path}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule')];
}

/** A rule as Kubernetes' messages show it. */
function internalRule({ rule, message = '', messageExpression = '', reason, fieldPath = '', optionalOldSelf }: ValidationRule): Json {
  return { Rule: rule, Message: message, MessageExpression: messageExpression, Reason: reason ?? null, FieldPath: fieldPath, OptionalOldSelf: optionalOldSelf ?? null };
}
