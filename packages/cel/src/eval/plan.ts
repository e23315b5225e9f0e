import type { CheckedExpression } from '../check/checker.ts';
import type { Environment } from '../check/declarations.ts';
import type { CallExpr, ComprehensionExpr, Expr, ListExpr, MapExpr, SelectExpr, StructExpr } from '../syntax/ast.ts';
import { EntryMap, keyText } from '../values/map.ts';
import { ArrayList } from '../values/list.ts';
import { CelError, Optional, type Result, type Value } from '../values/value.ts';
import { planCall } from './calls.ts';
import { planFold } from './fold.ts';
import { Frame, type Activation } from './frame.ts';
import { fieldOf, hasField } from './selection.ts';

/** What a node of an expression became: computes its value in a frame. */
export type Step = (frame: Frame) => Result;

/** Where the variables of folds live: slot by name. */
export type Slots = ReadonlyMap<string, number>;

export interface Outcome {
  result: Result;
  /** Units of about 50 ns, as Kubernetes counts. */
  cost: number;
}

/** An expression ready to run, any number of times. */
export interface Program {
  /** @throws CostLimitExceeded when it costs more than `costLimit`. */
  evaluate: (variables: Activation, costLimit: number) => Outcome;
}

const LIST_COST = 10;
const MAP_COST = 30;
const STRUCT_COST = 40;

/** Turns a checked expression into closures, once, so that evaluating walks no tree. */
export function plan(checked: CheckedExpression, environment: Environment): Program {
  const planner = new Planner(checked, environment);
  const step = planner.plan(checked.root, new Map());
  return {
    evaluate: (variables, costLimit) => {
      const frame = new Frame(variables, planner.slotCount, costLimit);
      const result = step(frame);
      return { result, cost: frame.cost };
    },
  };
}

/** What planning needs to know; shared by the files of this folder. */
export class Planner {
  readonly checked: CheckedExpression;
  readonly #environment: Environment;
  slotCount = 0;

  constructor(checked: CheckedExpression, environment: Environment) {
    this.checked = checked;
    this.#environment = environment;
  }

  plan(expr: Expr, slots: Slots): Step {
    switch (expr.kind) {
      case 'literal': return constant(expr.value);
      case 'ident': return this.#name(expr.id, expr.name, slots);
      case 'select': return this.#select(expr, slots);
      case 'call': return this.#call(expr, slots);
      case 'list': return this.#list(expr, slots);
      case 'map': return this.#map(expr, slots);
      case 'struct': return this.#struct(expr, slots);
      case 'comprehension': return this.#fold(expr, slots);
    }
  }

  /** A slot for a variable of a fold. */
  newSlot(): number {
    return this.slotCount++;
  }

  #name(id: number, name: string, slots: Slots): Step {
    const type = this.checked.typeValues.get(id);
    if (type !== undefined) return constant(type);
    const slot = this.checked.qualified.has(id) ? undefined : slots.get(name);
    return slot === undefined ? variable(this.checked.qualified.get(id) ?? name) : slotValue(slot);
  }

  #select(expr: SelectExpr, slots: Slots): Step {
    const { field } = expr;
    if (this.checked.typeValues.has(expr.id) || this.checked.qualified.has(expr.id)) return this.#name(expr.id, field, slots);
    const operand = this.plan(expr.operand, slots);
    if (expr.test) return (frame) => onValue(operand(frame), (value) => hasField(value, field));
    return (frame) => {
      const value = operand(frame);
      if (value instanceof CelError) return value;
      frame.charge(1);
      return fieldOf(value, field);
    };
  }

  #call(expr: CallExpr, slots: Slots): Step {
    const operands = expr.target === undefined ? expr.args : [expr.target, ...expr.args];
    const name = expr.name.startsWith('.') ? expr.name.slice(1) : expr.name;
    return planCall({ name, overloads: this.checked.overloads.get(expr.id) ?? [], args: operands.map((arg) => this.plan(arg, slots)) });
  }

  #list(expr: ListExpr, slots: Slots): Step {
    const elements = expr.elements.map((element) => this.plan(element, slots));
    if (expr.optional.size === 0 && expr.elements.every(({ kind }) => kind === 'literal')) return constant(new ArrayList(expr.elements.map((element) => (element.kind === 'literal' ? element.value : null))));
    return (frame) => {
      const items: Value[] = [];
      for (const [i, element] of elements.entries()) {
        const value = element(frame);
        if (value instanceof CelError) return value;
        if (!expr.optional.has(i)) items.push(value);
        else if (!(value instanceof Optional)) return new CelError('cannot initialize optional list element from non-optional value');
        else if (value.value !== undefined) items.push(value.value);
      }
      frame.charge(LIST_COST);
      return new ArrayList(items);
    };
  }

  #map(expr: MapExpr, slots: Slots): Step {
    const entries = expr.entries.map(({ key, value, optional }) => ({ key: this.plan(key, slots), value: this.plan(value, slots), optional }));
    return (frame) => {
      const pairs: [Value, Value][] = [];
      for (const { key: keyStep, value: valueStep, optional } of entries) {
        const key = keyStep(frame);
        if (key instanceof CelError) return key;
        const value = valueStep(frame);
        if (value instanceof CelError) return value;
        if (keyText(key) === undefined) return new CelError('unsupported key type');
        if (!optional) pairs.push([key, value]);
        else if (!(value instanceof Optional)) return new CelError('cannot initialize optional entry from non-optional value');
        else if (value.value !== undefined) pairs.push([key, value.value]);
      }
      frame.charge(MAP_COST);
      return new EntryMap(pairs);
    };
  }

  #struct(expr: StructExpr, slots: Slots): Step {
    const fields = expr.fields.map(({ name, value, optional }) => ({ name, optional, value: this.plan(value, slots) }));
    return (frame) => {
      const values = new Map<string, Value>();
      for (const { name, optional, value: step } of fields) {
        const value = step(frame);
        if (value instanceof CelError) return value;
        const held = optional && value instanceof Optional ? value.value : value;
        if (held !== undefined) values.set(name, held);
      }
      frame.charge(STRUCT_COST);
      return this.#environment.types.create(expr.typeName, values);
    };
  }

  #fold(expr: ComprehensionExpr, slots: Slots): Step {
    return planFold(this, expr, slots);
  }
}

function constant(value: Value): Step {
  return () => value;
}

function variable(name: string): Step {
  return (frame) => {
    frame.charge(1);
    const value = frame.variables.get(name);
    return value === undefined ? new CelError(`no such attribute(s): ${name}`) : value; // null is a value
  };
}

function slotValue(slot: number): Step {
  return (frame) => {
    frame.charge(1);
    return frame.slots[slot] ?? null;
  };
}

function onValue(result: Result, then: (value: Value) => Result): Result {
  return result instanceof CelError ? result : then(result);
}
