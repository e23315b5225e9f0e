import { checkSingleLeader } from './single-leader.ts';

const tenures = [{ revision: 10, replica: 'scheduler-0' }, { revision: 50, replica: undefined }, { revision: 60, replica: 'scheduler-1' }];
const check = (replica: string, revision: number): readonly string[] => checkSingleLeader({ component: 'kube-scheduler', actions: [{ replica, revision, what: 'create pods/binding' }], tenures }).map(({ what }) => what);

test('checkSingleLeader accepts what leaders do in their time, and says nothing of the time before it looked', () => {
  expect([check('scheduler-0', 11), check('scheduler-0', 49), check('scheduler-1', 61), check('scheduler-1', 5)]).toEqual([[], [], [], []]);
});

test.each([['scheduler-0', 61, 'when scheduler-1 was'], ['scheduler-1', 40, 'when scheduler-0 was'], ['scheduler-0', 55, 'when nobody was']])('checkSingleLeader refuses %s at %i', (replica, revision, words) => {
  expect(check(replica, revision).join()).toContain(words);
});
