import {
  duplicate, forbiddenField, invalidOmitted, invalidValue, isJsonObject, required, type FieldError, type Json, type JsonObject,
} from '@kubernode/apimachinery';
import { CelError, CostLimitExceeded, Optional, type Activation, type CompiledExpression, type Value } from '@kubernode/cel';
import type { ValidationRule } from '../structural/schema-parts.ts';
import { Correlation, oldItem } from '../values/correlation.ts';
import { childPath } from '../values/list-types.ts';
import type { CompiledRule } from './compile-rules.ts';
import type { RuleNode } from './rule-tree.ts';
import { schemaValue } from './schema-value.ts';

/** What one rule, and all rules of one object together, may cost: about a tenth of a second and a second. */
const MOST_COST_PER_RULE = 1_000_000;
export const RULE_BUDGET = 10_000_000;
const LONGEST_MESSAGE = 5 * 1024; // bytes

export interface RuleOutcome {
  faults: FieldError[];
  /** Faults that were there before and stay: told as warnings. */
  ratcheted: FieldError[];
}

/** Runs all rules of an object. `old` is what it was before an update; rules that name oldSelf run only then. */
export function evaluateRules(tree: RuleNode, object: JsonObject, old?: JsonObject): RuleOutcome {
  const run = new RuleRun();
  run.visit(tree, { value: object, old, path: '', current: old && new Correlation(object, old, tree.schema), parent: undefined });
  return { faults: run.faults, ratcheted: run.ratcheted };
}

/** Runs the rules of a schema on a value below the root, such as a default. */
export function evaluateRulesOfValue(tree: RuleNode, value: Json, path: string): FieldError[] {
  const run = new RuleRun();
  run.visit(tree, { value, old: undefined, path, current: undefined, parent: undefined });
  return run.faults;
}

interface Subject {
  value: Json;
  old: Json | undefined;
  path: string;
  /** The value's counterpart before; absent when it has none, and then its nearest ancestor's decides about ratcheting. */
  current: Correlation | undefined;
  parent: Correlation | undefined;
}

class RuleRun {
  readonly faults: FieldError[] = [];
  readonly ratcheted: FieldError[] = [];
  #budget = RULE_BUDGET;

  /** Own rules first, then allOf, then what is below. Stops when the budget is spent. */
  visit(node: RuleNode, subject: Subject): void {
    if (subject.value === null || this.#budget < 0) return;
    this.#own(node, subject);
    for (const one of node.allOf) this.visit(one, { ...subject, current: undefined });
    if (Array.isArray(subject.value)) this.#items(node, subject, subject.value);
    else if (isJsonObject(subject.value)) this.#entries(node, subject, subject.value);
  }

  #items({ items, schema }: RuleNode, { old, path, current, parent }: Subject, list: readonly Json[]): void {
    if (items === undefined) return;
    list.forEach((value, i) => {
      const before = Array.isArray(old) ? oldItem(schema, old, value) : undefined;
      this.visit(items, { value, old: before, path: `${path}[${i}]`, current: current?.index(i), parent: current ?? parent });
    });
  }

  #entries({ properties, additional }: RuleNode, { old, path, current, parent }: Subject, map: JsonObject): void {
    for (const [key, value] of Object.entries(map)) {
      const property = properties.get(key);
      const node = property ?? additional;
      if (node === undefined) continue;
      const before = isJsonObject(old ?? null) ? (old as JsonObject)[key] : undefined;
      this.visit(node, { value, old: before, path: property === undefined ? `${path}[${key}]` : childPath(path, key), current: current?.key(key), parent: current ?? parent });
    }
  }

  #own(node: RuleNode, subject: Subject): void {
    const type = node.schema.type ?? '';
    if (node.ownFault !== undefined) this.faults.push(invalidValue(subject.path, type, `rule compiler initialization error: ${node.ownFault}`));
    if (node.own === undefined) return;
    const self = schemaValue(subject.value, node.own.declared);
    const before = subject.old === undefined || subject.old === null ? undefined : schemaValue(subject.old, node.own.declared);
    for (const compiled of node.own.rules) {
      if (this.#budget <= 0) return this.#exhausted(subject.path, type, 'validation failed due to running out of cost budget, no further validation rules will be run');
      this.#rule({ compiled, node, subject, self, before });
      if (this.#budget < 0) return;
    }
  }

  #rule({ compiled, node, subject, self, before }: { compiled: CompiledRule; node: RuleNode; subject: Subject; self: Value; before: Value | undefined }): void {
    const { rule, program, fault, usesOldSelf } = compiled;
    const type = node.schema.type ?? '';
    if (fault !== undefined) this.faults.push(invalidValue(subject.path, type, `rule compile error: ${fault}`));
    if (program === undefined || (usesOldSelf && before === undefined && rule.optionalOldSelf !== true)) return;
    const variables = activation(self, rule.optionalOldSelf === true ? before === undefined ? Optional.none : new Optional(before) : before);
    const result = this.#spend(program, variables);
    if (result === undefined) return this.#exhausted(subject.path, type, `'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${ruleText(rule)}`);
    if (this.#budget < 0) return this.#exhausted(subject.path, type, 'validation failed due to running out of cost budget, no further validation rules will be run');
    if (result instanceof CelError) this.faults.push(invalidValue(subject.path, type, evaluationFault(result.message, rule)));
    else if (result !== true) this.#broken({ compiled, node, subject, variables: activation(self, before) });
  }

  #broken({ compiled, node, subject, variables }: { compiled: CompiledRule; node: RuleNode; subject: Subject; variables: Activation }): void {
    const { rule, message, usesOldSelf, fieldPath } = compiled;
    const path = fieldPath === '' ? subject.path : childPath(subject.path, fieldPath);
    const detail = message === undefined ? undefined : this.#message(message, variables);
    const stays = !usesOldSelf && (subject.current === undefined ? subject.parent?.unchanged : subject.current.unchanged) === true;
    const into = stays ? this.ratcheted : this.faults;
    if (this.#budget < 0) {
      into.push(invalidValue(path, node.schema.type ?? '', 'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run'));
      return;
    }
    into.push(ruleFault({ rule, path, value: subject.value, detail: detail ?? messageOrDefault(rule), isCompound: node.schema.type === 'object' || node.schema.type === 'array' }));
  }

  /** The message that an expression makes; undefined when it makes none that can be used. */
  #message(expression: CompiledExpression, variables: Activation): string | undefined {
    const result = this.#spend(expression, variables);
    if (typeof result !== 'string') return undefined;
    const text = result.trim();
    return text === '' || text.includes('\n') || Buffer.byteLength(text) > LONGEST_MESSAGE ? undefined : text;
  }

  /** Undefined when an evaluation costs more than any may. */
  #spend(program: CompiledExpression, variables: Activation): Value | CelError | undefined {
    try {
      const { result, cost } = program.evaluate(variables, MOST_COST_PER_RULE);
      this.#budget -= cost;
      return result;
    } catch (error) {
      if (error instanceof CostLimitExceeded) return undefined;
      throw error;
    }
  }

  #exhausted(path: string, type: string, detail: string): void {
    this.faults.push(invalidValue(path, type, detail));
    this.#budget = -1;
  }
}

function activation(self: Value, oldSelf: Value | undefined): Activation {
  return { get: (name) => (name === 'self' ? self : name === 'oldSelf' ? oldSelf : undefined) };
}

function evaluationFault(message: string, rule: ValidationRule): string {
  if (message.startsWith('no such overload')) return `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${ruleText(rule)}`;
  return `${message} evaluating rule: ${ruleText(rule)}`;
}

function ruleText({ message = '', rule }: ValidationRule): string {
  return (message === '' ? rule : message).trim();
}

function messageOrDefault(rule: ValidationRule): string {
  return rule.message === undefined || rule.message === '' ? `failed rule: ${ruleText(rule)}` : rule.message.trim();
}

function ruleFault({ rule, path, value, detail, isCompound }: { rule: ValidationRule; path: string; value: Json; detail: string; isCompound: boolean }): FieldError {
  const field = path === '' ? '<nil>' : path;
  switch (rule.reason) {
    case 'FieldValueForbidden': return forbiddenField(field, detail);
    case 'FieldValueRequired': return required(field, detail);
    case 'FieldValueDuplicate': return duplicate(field, isCompound ? '' : value);
    default: return isCompound ? invalidOmitted(field, detail) : invalidValue(field, value, detail);
  }
}

