import { dynType, isDynOrError, listType, mapType, opaqueType, sameType, typeType, type CelType } from './cel-type.ts';

/** Kinds that take null although nothing in their declaration says so. */
const NULLABLE: ReadonlySet<string> = new Set(['opaque', 'struct', 'duration', 'timestamp', 'null']);

/**
 * What inference has found out about type parameters. `tryAssign` either adds what follows from an assignment, or leaves everything as it was.
 * The rules are cel-go's: null fits structs and opaque types, dyn fits all.
 */
export class TypeBindings {
  #bound: Map<string, CelType> = new Map();
  #fresh = 0;

  /** A type nobody knows yet. */
  freshParam(): CelType {
    return { kind: 'param', name: `_var${this.#fresh++}`, params: [] };
  }

  /** Whether each `from` can stand where the `to` of its place is wanted; parameters get bound by it. */
  tryAssign(from: readonly CelType[], to: readonly CelType[]): boolean {
    const before = this.#bound;
    this.#bound = new Map(before);
    if (this.#assignAll(from, to)) return true;
    this.#bound = before;
    return false;
  }

  /** `type` with all that is bound put in; what is still open becomes dyn when `openToDyn`. */
  resolve(type: CelType, openToDyn: boolean): CelType {
    if (type.kind === 'param') {
      const bound = this.#bound.get(type.name);
      if (bound !== undefined) return this.resolve(bound, openToDyn);
      return openToDyn ? dynType : type;
    }
    if (type.params.length === 0) return type;
    return withParams(type, type.params.map((p) => this.resolve(p, openToDyn)));
  }

  #assignAll(from: readonly CelType[], to: readonly CelType[]): boolean {
    return from.length === to.length && from.every((type, i) => this.#assign(type, to[i] ?? dynType));
  }

  #assign(from: CelType, to: CelType): boolean {
    if (to.kind === 'param') {
      const outcome = this.#bind(from, to);
      if (outcome === 'fits') return true;
      if (outcome === 'bound otherwise') return false;
    }
    if (from.kind === 'param') return this.#bind(to, from) === 'fits';
    if (isDynOrError(from) || isDynOrError(to)) return true;
    if (from.kind === 'null') return NULLABLE.has(to.kind);
    if (to.kind === 'null') return NULLABLE.has(from.kind);
    if (from.kind === 'type') return to.kind === 'type';
    return from.kind === to.kind && from.name === to.name && this.#assignAll(from.params, to.params);
  }

  #bind(type: CelType, param: CelType): 'fits' | 'bound otherwise' | 'impossible' {
    if (sameType(type, param)) return 'fits';
    const bound = this.#bound.get(param.name);
    if (bound === undefined) {
      if (this.#occursIn(param, type)) return 'impossible';
      this.#bound.set(param.name, type);
      return 'fits';
    }
    if (sameType(type, bound)) return 'fits';
    if (!this.#assign(type, bound)) return 'bound otherwise';
    const general = moreGeneral(type, bound);
    if (!this.#occursIn(param, general)) this.#bound.set(param.name, general);
    return 'fits';
  }

  #occursIn(param: CelType, type: CelType): boolean {
    if (sameType(param, type)) return true;
    if (type.kind !== 'param') return type.params.some((p) => this.#occursIn(param, p));
    const bound = this.#bound.get(type.name);
    return bound !== undefined && this.#occursIn(param, bound);
  }
}

/** The one of two types that agree which says less. */
export function moreGeneral(a: CelType, b: CelType): CelType {
  return saysLessOrSame(a, b) ? a : b;
}

function saysLessOrSame(a: CelType, b: CelType): boolean {
  if (a.kind === 'dyn' || a.kind === 'param') return true;
  if (b.kind === 'dyn' || b.kind === 'param' || a.kind !== b.kind) return false;
  if (a.kind === 'type') return true;
  return a.name === b.name && a.params.length === b.params.length && a.params.every((p, i) => saysLessOrSame(p, b.params[i] ?? dynType));
}

function withParams(type: CelType, params: readonly CelType[]): CelType {
  const [first = dynType, second = dynType] = params;
  if (type.kind === 'list') return listType(first);
  if (type.kind === 'map') return mapType(first, second);
  if (type.kind === 'type') return typeType(first);
  return opaqueType(type.name, ...params);
}
