import { conditionOf, withCondition, withoutCondition, type Condition } from './conditions.ts';

const one = (type: string, status: string, reason: string, lastTransitionTime: string): Condition => ({ type, status, reason, lastTransitionTime });
const before = [one('A', 'True', 'x', 'then'), one('B', 'False', 'y', 'then')];

test.each<[string, Condition, Condition[]]>([
  ['news of the same kind is none', one('A', 'True', 'x', 'now'), before],
  ['another reason comes last, and keeps its time', one('A', 'True', 'z', 'now'), [before[1] as Condition, one('A', 'True', 'z', 'then')]], // there are two
  ['another status comes last, with its own time', one('A', 'False', 'x', 'now'), [before[1] as Condition, one('A', 'False', 'x', 'now')]], // as above
  ['another type comes last', one('C', 'True', 'x', 'now'), [...before, one('C', 'True', 'x', 'now')]],
])('withCondition: %s', (_name, next, want) => { expect(withCondition(before, next)).toEqual(want); });

test('conditionOf and withoutCondition go by type', () => { expect([conditionOf(before, 'B')?.reason, conditionOf(undefined, 'B'), withoutCondition(before, 'A')]).toEqual(['y', undefined, [before[1]]]); });
