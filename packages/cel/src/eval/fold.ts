import type { ComprehensionExpr, Expr } from '../syntax/ast.ts';
import { CelList, ListBuilder } from '../values/list.ts';
import { CelMap, EntryMap } from '../values/map.ts';
import { CelError, type Result, type Value } from '../values/value.ts';
import type { Frame } from './frame.ts';
import type { Planner, Slots, Step } from './plan.ts';

interface Fold {
  range: Step;
  accuInit: Step;
  condition: Step;
  step: Step;
  result: Step;
  accuSlot: number;
  slot: number;
  slot2: number | undefined;
}

/** A fold over a list or map. The accumulator may hold an error for a while: a later element can outweigh it. */
export function planFold(planner: Planner, expr: ComprehensionExpr, slots: Slots): Step {
  const accuSlot = planner.newSlot();
  const slot = planner.newSlot();
  const slot2 = expr.iterVar2 === undefined ? undefined : planner.newSlot();
  const outer = new Map([...slots, [expr.accuVar, accuSlot]]);
  const inner = new Map([...outer, [expr.iterVar, slot], ...(expr.iterVar2 !== undefined && slot2 !== undefined ? [[expr.iterVar2, slot2] as const] : [])]);
  const fold: Fold = {
    range: planner.plan(expr.range, slots), accuInit: builderFor(expr.accuInit) ?? planner.plan(expr.accuInit, slots), accuSlot, slot, slot2,
    condition: planner.plan(expr.condition, inner), step: planner.plan(expr.step, inner), result: planner.plan(expr.result, outer),
  };
  return (frame) => run(fold, frame);
}

function run(fold: Fold, frame: Frame): Result {
  const range = fold.range(frame);
  if (range instanceof CelError) return range;
  const init = fold.accuInit(frame);
  if (!(range instanceof CelList) && !(range instanceof CelMap)) return new CelError('no such overload');
  const { slots } = frame;
  slots[fold.accuSlot] = init;
  for (const [first, second] of range instanceof CelList ? listEntries(range, fold.slot2 !== undefined) : mapEntries(range)) {
    slots[fold.slot] = first;
    if (fold.slot2 !== undefined) slots[fold.slot2] = second;
    if (fold.condition(frame) === false) break;
    slots[fold.accuSlot] = fold.step(frame);
  }
  return fold.result(frame);
}

function* listEntries(list: CelList, indexed: boolean): Iterable<readonly [Value, Value]> {
  for (let i = 0; i < list.size; i++) yield indexed ? [BigInt(i), list.at(i)] : [list.at(i), null];
}

function* mapEntries(map: CelMap): Iterable<readonly [Value, Value]> {
  for (const key of map.keys()) yield [key, map.get(key) ?? null];
}

/** Folds that begin with an empty list or map add to one of their own in place. */
function builderFor(init: Expr): Step | undefined {
  if (init.kind === 'list' && init.elements.length === 0) return () => new ListBuilder();
  return init.kind === 'map' && init.entries.length === 0 ? () => new EntryMap() : undefined;
}
