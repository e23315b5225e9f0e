import { checkSingleLeader } from './single-leader.ts';

const tenures = [{ revision: 10, replica: 'scheduler-0' }, { revision: 50, replica: undefined }, { revision: 60, replica: 'scheduler-1' }];
const action = (replica: string, revision: number): { replica: string; revision: number; what: string } => ({ replica, revision, what: 'create pods/binding' });
const check = (...actions: readonly (readonly [string, number])[]): readonly string[] => checkSingleLeader({ component: 'kube-scheduler', actions: actions.map(([replica, revision]) => action(replica, revision)), tenures }).map(({ what }) => what);

test('checkSingleLeader accepts what leaders do in their time, and says nothing of the time before it looked', () => {
  expect(check(['scheduler-1', 5], ['scheduler-0', 11], ['scheduler-0', 49], ['scheduler-1', 61])).toEqual([]);
});

test('checkSingleLeader accepts a last write of a former leader before its successor began', () => {
  expect(check(['scheduler-0', 49], ['scheduler-0', 55], ['scheduler-0', 61], ['scheduler-1', 62])).toEqual([]);
});

test.each([
  ['a former leader that wakes up', ['scheduler-1', 61], ['scheduler-0', 62], 'scheduler-0 did create pods/binding at revision 62, when scheduler-1 was'],
  ['one that does not lead yet', ['scheduler-0', 20], ['scheduler-1', 40], 'scheduler-1 did create pods/binding at revision 40, when scheduler-0 was'],
] as const)('checkSingleLeader refuses %s', (_, first, second, words) => {
  expect(check(first, second).join()).toContain(words);
});
