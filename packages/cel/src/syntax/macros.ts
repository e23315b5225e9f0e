import { ACCUMULATOR, type Expr } from './ast.ts';
import type { MacroFactory } from './expr-factory.ts';

/** A macro was called in a way it can't be expanded; `at` names the node to blame, the call itself when undefined. */
export class MacroFault extends Error {
  readonly at: number | undefined;

  constructor(message: string, at?: number) {
    super(message);
    this.at = at;
  }
}

/** Rewrites a call; undefined leaves it a call. @throws MacroFault */
export type Macro = (make: MacroFactory, target: Expr, args: readonly Expr[]) => Expr | undefined;

/** `has(e.f)`, the only macro without a target. @throws MacroFault */
export function expandHas(make: MacroFactory, arg: Expr): Expr {
  if (arg.kind !== 'select') throw new MacroFault('invalid argument to has() macro', arg.id);
  return make.presenceTest(arg.operand, arg.field);
}

/** Macros by name and number of arguments: `all/2`. */
export const MACROS: ReadonlyMap<string, Macro> = new Map([
  ['all/2', quantifier(forAll)], ['all/3', quantifier(forAll)],
  ['exists/2', quantifier(forSome)], ['exists/3', quantifier(forSome)],
  ['exists_one/2', quantifier(forOne)], ['exists_one/3', quantifier(forOne)],
  ['existsOne/2', quantifier(forOne)], ['existsOne/3', quantifier(forOne)],
  ['map/2', mapMacro], ['map/3', mapMacro], ['filter/2', filterMacro],
  ['transformList/3', transform(appendTo)], ['transformList/4', transform(appendTo)],
  ['transformMap/3', transform(insertUnderKey)], ['transformMap/4', transform(insertUnderKey)],
  ['transformMapEntry/3', transform(insertEntry)], ['transformMapEntry/4', transform(insertEntry)],
  ['optMap/2', optionalMap], ['optFlatMap/2', optionalFlatMap],
  ['sortBy/2', sortBy],
]);

/** With `cel.bind`, which most expressions of Kubernetes do not have. */
export const MACROS_AND_BINDINGS: ReadonlyMap<string, Macro> = new Map([...MACROS, ['bind/3', bind]]);

interface Quantifier { init: Expr; condition: Expr; step: Expr; result: Expr }

function quantifier(build: (make: MacroFactory, predicate: Expr) => Quantifier): Macro {
  return (make, range, args) => {
    const variables = args.slice(0, -1).map(simpleName);
    const [iterVar = '', iterVar2] = checkedVariables(variables, args);
    const { init, ...rest } = build(make, lastOf(args));
    return make.fold({ range, iterVar, iterVar2, accuInit: init, ...rest });
  };
}

function forAll(make: MacroFactory, predicate: Expr): Quantifier {
  return { init: make.literal(true), condition: make.call('@not_strictly_false', make.accumulator()), step: make.call('_&&_', make.accumulator(), predicate), result: make.accumulator() };
}

function forSome(make: MacroFactory, predicate: Expr): Quantifier {
  return { init: make.literal(false), condition: make.call('@not_strictly_false', make.call('!_', make.accumulator())), step: make.call('_||_', make.accumulator(), predicate), result: make.accumulator() };
}

function forOne(make: MacroFactory, predicate: Expr): Quantifier {
  return {
    init: make.literal(0n), condition: make.literal(true),
    step: make.call('_?_:_', predicate, make.call('_+_', make.accumulator(), make.literal(1n)), make.accumulator()),
    result: make.call('_==_', make.accumulator(), make.literal(1n)),
  };
}

function mapMacro(make: MacroFactory, range: Expr, args: readonly Expr[]): Expr {
  const iterVar = identifierArgument(args[0]);
  const appended = make.call('_+_', make.accumulator(), make.list(lastOf(args)));
  const step = args.length === 3 ? make.call('_?_:_', args[1] ?? appended, appended, make.accumulator()) : appended;
  return make.fold({ range, iterVar, accuInit: make.list(), condition: make.literal(true), step, result: make.accumulator() });
}

function filterMacro(make: MacroFactory, range: Expr, [variable, predicate]: readonly Expr[]): Expr {
  const iterVar = identifierArgument(variable);
  if (variable === undefined || predicate === undefined) throw new Error('broken invariant: filter has two arguments');
  const step = make.call('_?_:_', predicate, make.call('_+_', make.accumulator(), make.list(variable)), make.accumulator());
  return make.fold({ range, iterVar, accuInit: make.list(), condition: make.literal(true), step, result: make.accumulator() });
}

interface Transform { init: Expr; step: Expr }

function transform(build: (make: MacroFactory, key: string, value: Expr) => Transform): Macro {
  return (make, range, args) => {
    const [iterVar = '', iterVar2] = checkedVariables(args.slice(0, 2).map(simpleName), args);
    const { init, step } = build(make, iterVar, lastOf(args));
    const filter = args.length === 4 ? args[2] : undefined;
    return make.fold({
      range, iterVar, iterVar2, accuInit: init, condition: make.literal(true), result: make.accumulator(),
      step: filter === undefined ? step : make.call('_?_:_', filter, step, make.accumulator()),
    });
  };
}

function appendTo(make: MacroFactory, _key: string, value: Expr): Transform {
  return { init: make.list(), step: make.call('_+_', make.accumulator(), make.list(value)) };
}

function insertUnderKey(make: MacroFactory, key: string, value: Expr): Transform {
  return { init: make.emptyMap(), step: make.call('cel.@mapInsert', make.accumulator(), make.ident(key), value) };
}

function insertEntry(make: MacroFactory, _key: string, entry: Expr): Transform {
  return { init: make.emptyMap(), step: make.call('cel.@mapInsert', make.accumulator(), entry) };
}

function optionalMap(make: MacroFactory, target: Expr, [variable, value]: readonly Expr[]): Expr {
  return whenPresent(make, target, (present) => make.call('optional.of', bound(make, 'optMap', variable, present, value)));
}

function optionalFlatMap(make: MacroFactory, target: Expr, [variable, value]: readonly Expr[]): Expr {
  return whenPresent(make, target, (present) => bound(make, 'optFlatMap', variable, present, value));
}

function whenPresent(make: MacroFactory, target: Expr, then: (value: Expr) => Expr): Expr {
  return make.call('_?_:_', make.memberCall('hasValue', target), then(make.memberCall('value', make.copy(target))), make.call('optional.none'));
}

function bind(make: MacroFactory, target: Expr, [variable, value, result]: readonly Expr[]): Expr | undefined {
  if (target.kind !== 'ident' || target.name !== 'cel' || value === undefined) return undefined;
  if (variable?.kind !== 'ident') throw new MacroFault('cel.bind() variable names must be simple identifiers', variable?.id);
  return bound(make, 'cel.bind', variable, value, result);
}

/** A variable as a fold that never runs: the accumulator is the variable. */
function bound(make: MacroFactory, macro: string, variable: Expr | undefined, value: Expr, result: Expr | undefined): Expr {
  if (variable?.kind !== 'ident') throw new MacroFault(`${macro}() variable name must be a simple identifier`, variable?.id);
  if (result === undefined) throw new Error(`broken invariant: ${macro} has two arguments`);
  return make.fold({ range: make.list(), iterVar: '#unused', accuVar: variable.name, accuInit: value, condition: make.literal(false), step: make.ident(variable.name), result });
}

/** Keys are computed once an element, by `map`, and the list is sorted by them. */
function sortBy(make: MacroFactory, target: Expr, args: readonly Expr[]): Expr {
  if (!['list', 'ident', 'select', 'comprehension', 'call'].includes(target.kind)) {
    throw new MacroFault('sortBy can only be applied to a list, identifier, comprehension, call or select expression', target.id);
  }
  const sorted = '@__sortBy_input__';
  const keys = mapMacro(make, make.ident(sorted), args);
  return make.fold({
    range: make.list(), iterVar: '#unused', accuVar: sorted, accuInit: target, condition: make.literal(false), step: make.ident(sorted),
    result: make.memberCall('@sortByAssociatedKeys', make.ident(sorted), keys),
  });
}

function lastOf(args: readonly Expr[]): Expr {
  const last = args.at(-1);
  if (last === undefined) throw new Error('broken invariant: macros have arguments');
  return last;
}

function simpleName(arg: Expr): string {
  if (arg.kind !== 'ident') throw new MacroFault('argument must be a simple name', arg.id);
  return arg.name;
}

function identifierArgument(arg: Expr | undefined): string {
  if (arg?.kind !== 'ident') throw new MacroFault('argument is not an identifier', arg?.id);
  checkedVariables([arg.name], [arg]);
  return arg.name;
}

function checkedVariables(names: readonly string[], args: readonly Expr[]): readonly string[] {
  if (names.length === 2 && names[0] === names[1]) throw new MacroFault(`duplicate variable name: ${names[0] ?? ''}`, args[1]?.id);
  const taken = names.findIndex((name) => name === ACCUMULATOR || name === '__result__');
  if (taken >= 0) throw new MacroFault('iteration variable overwrites accumulator variable', args[taken]?.id);
  return names;
}
