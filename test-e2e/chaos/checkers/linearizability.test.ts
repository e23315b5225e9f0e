import { seededRng } from '@kubernode/base';
import { checkLinearizability } from './linearizability.ts';
import type { Call, Operation, Outcome } from './operation.ts';

/** `call outcome start-end`, in the words of the cases below. */
function op(client: string, [startMs, endMs]: readonly [number, number], call: Call, outcome: Outcome): Operation {
  return { object: 'x', client, call, outcome, startMs, endMs };
}
const create = (value: string): Call => ({ kind: 'create', value });
const patch = (value: string): Call => ({ kind: 'patch', value });
const update = (value: string, expected: number): Call => ({ kind: 'update', value, expected });
const get: Call = { kind: 'get' };
const ok = (revision: number, value?: string): Outcome => ({ kind: 'ok', revision, ...(value !== undefined && { value }) });
const unknown: Outcome = { kind: 'unknown' };

const born = op('a', [0, 1], create('v0'), ok(10));

test.each<[string, readonly Operation[]]>([
  ['calls one after the other', [born, op('a', [2, 3], update('v1', 10), ok(11)), op('b', [4, 5], get, ok(11, 'v1'))]],
  ['a read beside a write that sees the old or the new', [born, op('a', [2, 9], patch('v1'), ok(12)), op('b', [3, 4], get, ok(10, 'v0')), op('c', [5, 6], get, ok(12, 'v1'))]],
  ['a lost compare-and-set', [born, op('a', [2, 9], update('v1', 10), ok(11)), op('b', [2, 9], update('v2', 10), { kind: 'conflict' })]],
  ['an unanswered write that happened much later', [born, op('a', [2, 3], patch('v1'), unknown), op('b', [10, 11], get, ok(10, 'v0')), op('b', [20, 21], get, ok(14, 'v1'))]],
  ['an unanswered write that never happened', [born, op('a', [2, 3], patch('v1'), unknown), op('b', [10, 11], get, ok(10, 'v0'))]],
  ['an unanswered write that only a conflict shows', [born, op('a', [2, 3], patch('v1'), unknown), op('b', [10, 11], update('v2', 10), { kind: 'conflict' })]],
  ['deleted and made again', [born, op('a', [2, 3], { kind: 'delete' }, { kind: 'ok' }), op('b', [4, 5], get, { kind: 'absent' }), op('b', [6, 7], create('v1'), ok(20)), op('c', [8, 9], create('v2'), { kind: 'exists' })]],
  ['an unanswered deletion', [born, op('a', [2, 3], { kind: 'delete', expected: 10 }, unknown), op('b', [4, 5], create('v1'), ok(20))]],
])('checkLinearizability accepts %s', (_, history) => {
  expect(checkLinearizability(history)).toEqual([]);
});

test.each<[string, readonly Operation[]]>([
  ['a read that does not see what was acknowledged before', [born, op('a', [2, 3], patch('v1'), ok(11)), op('b', [4, 5], get, ok(10, 'v0'))]],
  ['a lost write: what came after it does not know of it', [born, op('a', [2, 3], patch('v1'), ok(11)), op('b', [4, 5], update('v2', 10), ok(12))]],
  ['two compare-and-sets that won at the same revision', [born, op('a', [2, 9], update('v1', 10), ok(11)), op('b', [2, 9], update('v2', 10), ok(12))]],
  ['a revision that goes back', [born, op('a', [2, 3], patch('v1'), ok(9))]],
  ['a read of what nobody wrote', [born, op('b', [2, 3], get, ok(11, 'v7'))]],
  ['reads that see the old after the new', [born, op('a', [2, 20], patch('v1'), ok(11)), op('b', [3, 4], get, ok(11, 'v1')), op('c', [5, 6], get, ok(10, 'v0'))]],
  ['one value at two revisions', [born, op('b', [2, 3], get, ok(10, 'v0')), op('b', [4, 5], get, ok(11, 'v0'))]],
  ['an object that is gone without a deletion', [born, op('b', [2, 3], get, { kind: 'absent' })]],
  ['a conflict without any other write', [born, op('b', [2, 3], update('v1', 10), { kind: 'conflict' })]],
  ['something made twice', [born, op('b', [2, 3], create('v1'), ok(11))]],
  ['what was deleted comes back', [born, op('a', [2, 3], { kind: 'delete' }, { kind: 'ok' }), op('b', [4, 5], get, ok(10, 'v0'))]],
  ['an unanswered write that happened before it was asked for', [born, op('b', [2, 3], get, ok(11, 'v1')), op('a', [4, 5], patch('v1'), unknown)]],
])('checkLinearizability refuses %s', (_, history) => {
  expect(checkLinearizability(history)).toHaveLength(1);
});

/** Calls of several clients on a real register: each takes effect at a moment between its start and its end, some answers are lost. */
function randomHistory(seed: number): Operation[] {
  const rng = seededRng(seed);
  const between = (from: number, to: number): number => from + rng.next() * (to - from);
  const planned: { at: number; client: string; startMs: number; endMs: number; call: 'get' | 'patch' | 'update' | 'delete' | 'create' }[] = [];
  for (const client of ['a', 'b', 'c', 'd']) for (let t = between(0, 5), i = 0; i < 25; i++) {
    const [startMs, endMs] = [t, t + between(1, 20)];
    planned.push({ at: between(startMs, endMs), client, startMs, endMs, call: (['get', 'get', 'patch', 'patch', 'update', 'delete', 'create'] as const)[Math.floor(rng.next() * 7)] ?? 'get' });
    t = endMs + between(0, 5);
  }
  let state: { value: string; revision: number } | undefined;
  let [revision, next] = [100, 0];
  const lastSeen = new Map<string, number>();
  return planned.sort((x, y) => x.at - y.at).map(({ client, startMs, endMs, call: kind }) => {
    const value = `v${next++}`;
    const call: Call = kind === 'get' || kind === 'delete' ? { kind } : kind === 'update' ? { kind, value, expected: lastSeen.get(client) ?? 1 } : { kind, value };
    const outcome = ((): Outcome => {
      if (call.kind === 'create') { if (state) return { kind: 'exists' }; state = { value, revision: ++revision }; return ok(revision); }
      if (!state) return { kind: 'absent' };
      if (call.kind === 'get') return ok(state.revision, state.value);
      if (call.kind === 'delete') { state = undefined; revision++; return { kind: 'ok' }; }
      if (call.kind === 'update' && call.expected !== state.revision) return { kind: 'conflict' };
      state = { value, revision: ++revision };
      return ok(revision);
    })();
    if (rng.next() < 0.05) return op(client, [startMs, endMs], call, unknown);
    if (outcome.kind === 'ok' && outcome.revision !== undefined) lastSeen.set(client, outcome.revision);
    return op(client, [startMs, endMs], call, outcome);
  });
}

test('checkLinearizability accepts what a real register answered, whatever the order and however many answers are lost', () => {
  for (let seed = 1; seed <= 60; seed++) expect([seed, checkLinearizability(randomHistory(seed))]).toEqual([seed, []]);
});

test('checkLinearizability refuses most of these histories once a read is made stale', () => {
  let refused = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const history = randomHistory(seed);
    const reads = history.filter(({ call, outcome }) => call.kind === 'get' && outcome.kind === 'ok').sort((a, b) => a.startMs - b.startMs);
    const [early, late] = [reads[1], reads.at(-2)];
    if (early === undefined || late === undefined || early.outcome.kind !== 'ok') continue;
    const wrong = history.map((one) => (one === late ? { ...one, outcome: early.outcome } : one));
    if (checkLinearizability(wrong).length > 0) refused++;
  }
  expect(refused).toBeGreaterThan(50);
});
