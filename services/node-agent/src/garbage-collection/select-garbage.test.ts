import type { ContainerPhase, ContainerSummary, Sandbox } from '../cri/cri-runtime.ts';
import { type PodPresence, selectGarbage } from './select-garbage.ts';

const container = (id: string, podUid: string, phase: ContainerPhase, extra: Partial<ContainerSummary> = {}): ContainerSummary => ({ id, podUid, phase, sandboxId: `s-${podUid}`, name: 'c', attempt: 0, createdAtMs: Number(/\d+/.exec(id)?.[0] ?? 0), hash: '', ...extra });
const sandbox = (id: string, podUid: string, ready: boolean, createdAtMs = 0): Sandbox => ({ id, podUid, podName: '', podNamespace: '', attempt: 0, ready, createdAtMs });
const presences: Record<string, PodPresence> = { run: 'running', end: 'ended', gone: 'removed' };
const select = (containers: readonly ContainerSummary[], sandboxes: readonly Sandbox[], alsoEnded = false): unknown => {
  const { containers: dead, sandboxes: idle } = selectGarbage({ containers, sandboxes, presence: (uid) => presences[uid] ?? 'removed', keepPerContainer: 1, alsoEnded });
  return [dead.map(({ id, stopFirst }) => (stopFirst ? `${id}!` : id)), idle];
};

test.each([
  ['one dead record of each container stays', [container('1', 'run', 'exited'), container('2', 'run', 'exited'), container('3', 'run', 'running')], [], [['1'], []]],
  ['the last attempt is the newest, whatever the clock said then', [container('2', 'run', 'exited', { attempt: 3 }), container('1', 'run', 'exited', { attempt: 4 })], [], [['2'], []]],
  ['of a pod that is gone none', [container('1', 'gone', 'exited'), container('2', 'gone', 'running')], [], [['1'], []]],
  ['one of unknown state is stopped first', [container('1', 'gone', 'unknown')], [], [['1!'], []]],
  ['empty sandboxes but the newest', [], [sandbox('a', 'run', false, 1), sandbox('b', 'run', false, 2)], [[], ['a']]],
  ['never one that is ready or holds a container that stays', [container('1', 'run', 'exited', { sandboxId: 'a' })], [sandbox('a', 'run', false, 1), sandbox('b', 'run', true, 2), sandbox('c', 'run', true, 3)], [[], []]],
  ['of a pod that is gone the newest too', [], [sandbox('a', 'gone', false)], [[], ['a']]],
  ['records of an ended pod stay', [container('1', 'end', 'exited')], [sandbox('s-end', 'end', false)], [[], []]],
])('selectGarbage: %s', (_what, containers, sandboxes, want) => { expect(select(containers, sandboxes)).toEqual(want); });

test('selectGarbage: when the disk is short, records of ended pods go with their sandboxes', () => {
  expect(select([container('1', 'end', 'exited'), container('2', 'run', 'exited')], [sandbox('s-end', 'end', false)], true)).toEqual([['1'], ['s-end']]);
});
