import { CelCompileError, compile, formatType, kubernetesFunctions, optionalType, type CelType, type CompiledExpression, type SizeHint, type TypeProvider } from '@kubernode/cel';
import type { SchemaProps, ValidationRule } from '../structural/schema-parts.ts';
import { type DeclaredType, MOST_REQUEST_BYTES, typeProvider } from './declared-type.ts';
import { findField } from './rule-field-path.ts';

/** A rule of a schema, ready to run or with what is wrong with it. */
export interface CompiledRule {
  rule: ValidationRule;
  /** Undefined for an empty or faulty rule. */
  program?: CompiledExpression;
  fault?: string;
  message?: CompiledExpression;
  messageFault?: string;
  usesOldSelf: boolean;
  /** What one evaluation, and one of its message, can cost. */
  maxCost: number;
  messageMaxCost: number;
  /** Where faults are told, below the value itself; '' for the value. */
  fieldPath: string;
}

export interface CompiledRules {
  rules: readonly CompiledRule[];
  declared: DeclaredType;
  /** How often the value can stand in one request. */
  maxCardinality: number;
}

/** Compiles a schema's own rules, not those of the schemas below it. */
export function compileRules(schema: SchemaProps, declared: DeclaredType): CompiledRules {
  const types = typeProvider(declared);
  const hint = sizeHint(declared);
  const rules = (schema['x-kubernetes-validations'] ?? []).map((rule) => compileRule({ rule, schema, declared, types, hint }));
  return { rules, declared, maxCardinality: Math.floor(MOST_REQUEST_BYTES / (declared.minSize + 1)) };
}

interface RuleContext { rule: ValidationRule; schema: SchemaProps; declared: DeclaredType; types: TypeProvider; hint: SizeHint }

function compileRule(context: RuleContext): CompiledRule {
  const { rule, schema, hint } = context;
  const bare: CompiledRule = { rule, usesOldSelf: false, maxCost: 0, messageMaxCost: 0, fieldPath: '' };
  if (rule.rule.trim() === '') return bare;
  const program = compiled(rule.rule, context);
  if (typeof program === 'string') return { ...bare, fault: `compilation failed: ${program}` };
  if (program.resultType.kind !== 'bool') return { ...bare, fault: 'cel expression must evaluate to a bool' };
  const usable = { ...bare, program, usesOldSelf: program.uses('oldSelf'), maxCost: program.estimate(hint).max, fieldPath: faultPath(rule, schema) };
  if (rule.messageExpression === undefined || rule.messageExpression === '') return usable;
  const message = compiled(rule.messageExpression, context);
  if (typeof message === 'string') return { ...usable, messageFault: `messageExpression compilation failed: ${message}` };
  if (formatType(message.resultType) !== 'string') return { ...usable, messageFault: 'messageExpression must evaluate to a string' };
  return { ...usable, message, messageMaxCost: message.estimate(hint).max };
}

function compiled(text: string, { rule, declared, types }: RuleContext): CompiledExpression | string {
  const oldType: CelType = rule.optionalOldSelf === true ? optionalType(declared.type) : declared.type;
  try {
    return compile(text, { variables: new Map([['self', declared.type], ['oldSelf', oldType]]), functions: kubernetesFunctions, types });
  } catch (error) {
    if (error instanceof CelCompileError) return error.message;
    throw error;
  }
}

function faultPath({ fieldPath = '' }: ValidationRule, schema: SchemaProps): string {
  if (fieldPath === '') return '';
  try {
    return findField(fieldPath, schema).path;
  } catch {
    return ''; // told when the definition is judged; rules that were stored before run without
  }
}

/** How large what a path leads to can be. */
function sizeHint(root: DeclaredType): SizeHint {
  return ({ path = [] }) => {
    if (path.length === 0) return undefined;
    let declared: DeclaredType | undefined = root;
    for (const part of path.slice(1)) {
      if (part === '@keys') return { min: 0, max: 0 };
      declared = part === '@items' || part === '@values' ? declared?.element : declared?.fields?.get(part)?.declared;
    }
    return declared && { min: 0, max: declared.maxElements };
  };
}
