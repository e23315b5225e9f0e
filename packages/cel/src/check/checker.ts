import { qualifiedName, type CallExpr, type ComprehensionExpr, type Expr, type ListExpr, type MapExpr, type ParsedExpression, type SelectExpr, type StructExpr } from '../syntax/ast.ts';
import { formatFaults, type SourceFault } from '../syntax/source.ts';
import {
  boolType, dynType, errorType, formatType, intType, isDynOrError, listType, mapType, nullType, optionalType, sameType, structType, typeType, unwrapOptional, type CelType,
} from '../types/cel-type.ts';
import { moreGeneral, TypeBindings } from '../types/unify.ts';
import { typeOf } from '../values/type-of.ts';
import { TypeValue } from '../values/value.ts';
import type { Environment, Overload } from './declarations.ts';
import { literalFaults } from './literal-faults.ts';
import { TYPE_NAMES } from './type-names.ts';

/** An expression whose names and types are known. */
export interface CheckedExpression extends ParsedExpression {
  /** Of each node, by id. */
  types: ReadonlyMap<number, CelType>;
  /** What each call can mean, by id; more than one where types are only known at run time. */
  overloads: ReadonlyMap<number, readonly Overload[]>;
  /** Identifiers that name a type, by id. */
  typeValues: ReadonlyMap<number, TypeValue>;
  /** Nodes that turned out to be one dotted name of a variable, by id. */
  qualified: ReadonlyMap<number, string>;
  resultType: CelType;
}

/** An expression names what isn't there or mixes types. `message` is what Kubernetes shows. */
export class CelCheckError extends Error {}

/** Finds the types of an expression. @throws CelCheckError */
export function check(parsed: ParsedExpression, environment: Environment): CheckedExpression {
  const checker = new Checker(parsed, environment);
  return checker.run();
}

type Scope = ReadonlyMap<string, CelType>;

class Checker {
  readonly #parsed: ParsedExpression;
  readonly #environment: Environment;
  readonly #bindings: TypeBindings = new TypeBindings();
  readonly #types: Map<number, CelType> = new Map();
  readonly #overloads: Map<number, readonly Overload[]> = new Map();
  readonly #typeValues: Map<number, TypeValue> = new Map();
  readonly #qualified: Map<number, string> = new Map();
  readonly #faults: SourceFault[] = [];

  constructor(parsed: ParsedExpression, environment: Environment) {
    this.#parsed = parsed;
    this.#environment = environment;
  }

  run(): CheckedExpression {
    const { text, root } = this.#parsed;
    this.#check(root, new Map());
    for (const [id, type] of this.#types) this.#types.set(id, this.#bindings.resolve(type, true));
    const faults = this.#faults.length > 0 ? this.#faults : literalFaults(this.#parsed, this.#types);
    if (faults.length > 0) throw new CelCheckError(formatFaults(text, faults));
    return {
      ...this.#parsed, types: this.#types, overloads: this.#overloads, typeValues: this.#typeValues, qualified: this.#qualified, resultType: this.#types.get(root.id) ?? dynType,
    };
  }

  #check(expr: Expr, scope: Scope): CelType {
    const type = this.#typeOf(expr, scope);
    this.#types.set(expr.id, type);
    return type;
  }

  #typeOf(expr: Expr, scope: Scope): CelType {
    switch (expr.kind) {
      case 'literal': return expr.value === null ? nullType : typeOf(expr.value);
      case 'ident': return this.#name(expr.id, expr.name, scope) ?? this.#undeclared(expr.id, expr.name);
      case 'select': return this.#select(expr, scope);
      case 'call': return this.#call(expr, scope);
      case 'list': return this.#list(expr, scope);
      case 'map': return this.#map(expr, scope);
      case 'struct': return this.#struct(expr, scope);
      case 'comprehension': return this.#fold(expr, scope);
    }
  }

  /** The type of a variable or type name; undefined when nothing is called so. */
  #name(id: number, written: string, scope: Scope): CelType | undefined {
    const name = written.startsWith('.') ? written.slice(1) : written;
    const local = written === name ? scope.get(name) : undefined;
    const type = local ?? this.#environment.variables.get(name);
    if (type !== undefined) {
      if (local === undefined) this.#qualified.set(id, name);
      return type;
    }
    const named = TYPE_NAMES.get(name) ?? (this.#environment.types.hasStruct(name) ? structType(name) : undefined);
    if (named === undefined) return undefined;
    this.#typeValues.set(id, new TypeValue(named));
    return typeType(named);
  }

  #select(expr: SelectExpr, scope: Scope): CelType {
    const name = expr.test ? undefined : qualifiedName(expr);
    const named = name === undefined || scope.has(name.split('.', 1)[0] ?? '') ? undefined : this.#name(expr.id, name, scope);
    if (named !== undefined) return named;
    const field = this.#field(expr.id, this.#check(expr.operand, scope), expr.field);
    return expr.test ? boolType : this.#bindings.resolve(field, false);
  }

  /** The type of a field of `operand`; wrapped in an optional when the operand is one. */
  #field(id: number, operand: CelType, field: string): CelType {
    const resolved = this.#bindings.resolve(operand, false);
    const inner = unwrapOptional(resolved);
    const type = this.#fieldOf(id, inner ?? resolved, field);
    return inner === undefined ? type : optionalType(type);
  }

  #fieldOf(id: number, target: CelType, field: string): CelType {
    if (target.kind === 'map') return target.params[1] ?? dynType;
    if (target.kind === 'struct') return this.#environment.types.fieldType(target.name, field) ?? this.#fault(id, `undefined field '${field}'`);
    if (target.kind === 'param') {
      this.#bindings.tryAssign([dynType], [target]);
      return dynType;
    }
    if (!isDynOrError(target)) this.#fault(id, `type '${formatType(target)}' does not support field selection`);
    return dynType;
  }

  #call(expr: CallExpr, scope: Scope): CelType {
    if (expr.name === '_?._') return this.#optionalSelect(expr, scope);
    const args = expr.args.map((arg) => this.#check(arg, scope));
    const { target } = expr;
    if (target === undefined) return this.#plainCall(expr, expr.name.startsWith('.') ? expr.name.slice(1) : expr.name, args);
    const prefix = qualifiedName(target);
    const namespaced = prefix === undefined ? undefined : `${prefix}.${expr.name}`;
    if (namespaced !== undefined && this.#environment.functions.has(namespaced)) {
      expr.target = undefined;
      expr.name = namespaced;
      return this.#plainCall(expr, namespaced, args);
    }
    const targetType = this.#check(target, scope);
    const overloads = this.#environment.functions.get(expr.name);
    if (overloads === undefined) return this.#undeclared(expr.id, expr.name);
    return this.#resolve({ expr, overloads: overloads.filter(({ member }) => member), args: [targetType, ...args] });
  }

  #plainCall(expr: CallExpr, name: string, args: CelType[]): CelType {
    const overloads = this.#environment.functions.get(name);
    if (overloads === undefined) return this.#undeclared(expr.id, expr.name);
    if (name === '_&&_' || name === '_||_') return this.#logic(expr, overloads, args);
    return this.#resolve({ expr, overloads: overloads.filter(({ member }) => !member), args });
  }

  #logic(expr: CallExpr, overloads: readonly Overload[], args: readonly CelType[]): CelType {
    const wrong = args.flatMap((type, i) => (this.#bindings.tryAssign([type], [boolType]) ? [] : [{ id: expr.args[i]?.id ?? expr.id, type }]));
    for (const { id, type } of wrong) this.#mismatch(id, boolType, type);
    this.#overloads.set(expr.id, overloads);
    return wrong.length > 0 ? errorType : boolType;
  }

  /** Which overloads take these arguments; the result is dyn when they disagree about it. */
  #resolve({ expr, overloads, args }: { expr: CallExpr; overloads: readonly Overload[]; args: readonly CelType[] }): CelType {
    const fitting: Overload[] = [];
    let result: CelType | undefined;
    for (const overload of overloads) {
      const fresh = this.#instantiate(overload);
      if (!this.#bindings.tryAssign(args, fresh.args)) continue;
      fitting.push(overload);
      const type = this.#bindings.resolve(fresh.result, false);
      if (result === undefined) result = type;
      else if (result.kind !== 'dyn' && !sameType(type, result)) result = dynType;
    }
    this.#overloads.set(expr.id, fitting);
    return result ?? this.#noOverload(expr, args);
  }

  #noOverload(expr: CallExpr, args: readonly CelType[]): CelType {
    const shown = args.map((type) => formatType(this.#bindings.resolve(type, true)));
    const signature = expr.target === undefined ? `(${shown.join(', ')})` : `${shown[0] ?? ''}.(${shown.slice(1).join(', ')})`;
    return this.#fault(expr.id, `found no matching overload for '${expr.name}' applied to '${signature}'`);
  }

  #instantiate({ args, result }: Overload): { args: CelType[]; result: CelType } {
    const fresh = new Map<string, CelType>();
    const copy = (type: CelType): CelType => {
      if (type.kind === 'param') {
        const known = fresh.get(type.name) ?? this.#bindings.freshParam();
        fresh.set(type.name, known);
        return known;
      }
      return type.params.length === 0 ? type : { ...type, params: type.params.map(copy) };
    };
    return { args: args.map(copy), result: copy(result) };
  }

  #optionalSelect(expr: CallExpr, scope: Scope): CelType {
    const [operand, field] = expr.args;
    if (operand === undefined || field?.kind !== 'literal' || typeof field.value !== 'string') throw new Error('broken invariant: the parser gives ?. an operand and a name');
    const type = this.#field(expr.id, this.#check(operand, scope), field.value);
    this.#overloads.set(expr.id, this.#environment.functions.get('_?._') ?? []);
    const resolved = this.#bindings.resolve(type, false);
    return unwrapOptional(resolved) === undefined ? optionalType(resolved) : resolved;
  }

  #list(expr: ListExpr, scope: Scope): CelType {
    let joined: CelType | undefined;
    expr.elements.forEach((element, i) => {
      const type = this.#check(element, scope);
      joined = this.#join(joined, expr.optional.has(i) ? this.#unwrapped(element.id, type) : type);
    });
    return listType(joined ?? this.#bindings.freshParam());
  }

  #map(expr: MapExpr, scope: Scope): CelType {
    let keys: CelType | undefined;
    let values: CelType | undefined;
    for (const { key, value, optional } of expr.entries) {
      keys = this.#join(keys, this.#check(key, scope));
      const type = this.#check(value, scope);
      values = this.#join(values, optional ? this.#unwrapped(value.id, type) : type);
    }
    return mapType(keys ?? this.#bindings.freshParam(), values ?? this.#bindings.freshParam());
  }

  #unwrapped(id: number, type: CelType): CelType {
    const inner = unwrapOptional(type);
    if (inner === undefined && type.kind !== 'dyn') this.#mismatch(id, optionalType(type), type);
    return inner ?? type;
  }

  #join(previous: CelType | undefined, type: CelType): CelType {
    if (previous === undefined) return type;
    return this.#bindings.tryAssign([previous], [type]) ? moreGeneral(previous, type) : dynType;
  }

  #struct(expr: StructExpr, scope: Scope): CelType {
    const name = expr.typeName.startsWith('.') ? expr.typeName.slice(1) : expr.typeName;
    if (!this.#environment.types.hasStruct(name)) {
      return TYPE_NAMES.has(name) || this.#environment.variables.has(name) ? this.#fault(expr.id, `'${name}' is not a ${TYPE_NAMES.has(name) ? 'message ' : ''}type`) : this.#undeclared(expr.id, expr.typeName);
    }
    expr.typeName = name;
    for (const field of expr.fields) {
      const given = this.#check(field.value, scope);
      const type = field.optional ? this.#unwrapped(field.value.id, given) : given;
      const declared = this.#environment.types.fieldType(name, field.name) ?? this.#fault(field.id, `undefined field '${field.name}'`);
      if (!this.#bindings.tryAssign([declared], [type])) {
        this.#fault(field.id, `expected type of field '${field.name}' is '${formatType(declared)}' but provided type is '${formatType(type)}'`);
      }
    }
    return structType(name);
  }

  #fold(expr: ComprehensionExpr, scope: Scope): CelType {
    const range = this.#bindings.resolve(this.#check(expr.range, scope), false);
    const accuType = this.#check(expr.accuInit, scope);
    const outer = new Map([...scope, [expr.accuVar, accuType]]);
    const [first, second] = this.#iterated(expr, range);
    const inner = new Map([...outer, [expr.iterVar, first]]);
    if (expr.iterVar2 !== undefined) inner.set(expr.iterVar2, second);
    this.#demand(expr.condition, this.#check(expr.condition, inner), boolType);
    this.#demand(expr.step, this.#check(expr.step, inner), accuType);
    return this.#bindings.resolve(this.#check(expr.result, outer), false);
  }

  /** Types of the variables of a fold: item; or key; or index or key, and value. */
  #iterated(expr: ComprehensionExpr, range: CelType): [CelType, CelType] {
    const [first = dynType, second = dynType] = range.params;
    if (range.kind === 'list') return expr.iterVar2 === undefined ? [first, first] : [intType, first];
    if (range.kind === 'map') return [first, second];
    if (isDynOrError(range) || range.kind === 'param') {
      this.#bindings.tryAssign([dynType], [range]);
      return [dynType, dynType];
    }
    const fault = this.#fault(expr.range.id, `expression of type '${formatType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`);
    return [fault, fault];
  }

  #demand(expr: Expr, actual: CelType, wanted: CelType): void {
    if (!this.#bindings.tryAssign([wanted], [actual])) this.#mismatch(expr.id, wanted, actual);
  }

  #mismatch(id: number, expected: CelType, actual: CelType): CelType {
    return this.#fault(id, `expected type '${formatType(this.#bindings.resolve(expected, false))}' but found '${formatType(this.#bindings.resolve(actual, false))}'`);
  }

  #undeclared(id: number, name: string): CelType {
    return this.#fault(id, `undeclared reference to '${name}' (in container '')`);
  }

  #fault(id: number, message: string): CelType {
    this.#faults.push({ offset: this.#parsed.positions.get(id) ?? 0, message });
    return errorType;
  }
}
