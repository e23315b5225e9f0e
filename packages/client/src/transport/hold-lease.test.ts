import { allSettled } from '@kubernode/base';
import type { ControlPlaneError, LeaseHolding, LeaseState } from '@kubernode/rpc';
import { createFakeClock, type FakeClock } from '@kubernode/testing';
import type { Fence } from '../client.ts';
import { holdLease } from './hold-lease.ts';

const hold: Fence = { namespace: 'kube-system', lease: 'x', holder: 'a', epoch: 3 };

/** A server that answers when the test says so. */
interface World { clock: FakeClock; said: number[]; answer(held: boolean): void; answers: boolean[]; moves: number[]; holding: Promise<unknown>; stop: AbortController }

function world(): World {
  const clock = createFakeClock();
  const [said, answers, moves]: [number[], boolean[], number[]] = [[], [], []];
  let settle: (states: LeaseState[] | undefined) => void = () => undefined;
  const stream: LeaseHolding = {
    failure: undefined as ControlPlaneError | undefined,
    say: () => { said.push(clock.monotonicNow()); },
    next: () => new Promise((resolve) => { settle = resolve; }),
    destroy: () => { settle(undefined); },
  };
  const stop = new AbortController();
  const holding = holdLease({ current: 0, at: () => ({ holdLease: () => stream }), moveOnFrom: (used) => { moves.push(used); } }, { hold, clock, signal: stop.signal, onHeld: (held) => { answers.push(held); } }).then(() => 'ended', (error: unknown) => error);
  return { clock, said, answer: (held) => { settle([{ held }]); }, answers, moves, holding, stop };
}

/** Also what is looked at once more after arrivals. */
async function pass(clock: FakeClock, ms: number): Promise<void> { await clock.advance(ms); await allSettled(); }

test('holdLease gives a sign of life 300 ms after each answer, until it is aborted', async () => {
  const { clock, said, answer, answers, holding, stop } = world();
  const startedAtMs = clock.monotonicNow();
  for (let i = 0; i < 3; i++) { answer(true); await clock.advance(300); }
  expect([said.map((ms) => ms - startedAtMs), answers]).toEqual([[0, 300, 600, 900], [true, true, true]]);
  stop.abort();
  expect(await holding).toBe('ended');
});

test('holdLease gives up a link that brings no answer, and goes elsewhere', async () => {
  const { clock, moves, holding } = world();
  await pass(clock, 600);
  await pass(clock, 1600);
  expect(String(await holding)).toContain('the hold of lease x broke: no answer');
  expect(moves[0]).toBe(0);
});

test('holdLease waits for a server that is slow, while everything else goes elsewhere', async () => {
  const { clock, said, answer, answers, moves, holding, stop } = world();
  await pass(clock, 600);
  expect(moves).toEqual([0]);
  await pass(clock, 1500);
  answer(true);
  await clock.advance(300);
  expect([answers, said]).toEqual([[true], [0, 2400]]);
  stop.abort();
  expect(await holding).toBe('ended');
});

test('holdLease takes an answer that came while its own process stood still', async () => {
  const { clock, answer, answers, moves, holding, stop } = world();
  setImmediate(() => { answer(true); }); // it waits in the socket while timers that are due are called
  await pass(clock, 600);
  expect([answers, moves]).toEqual([[true], []]);
  stop.abort();
  expect(await holding).toBe('ended');
});

test('holdLease ends when the server says that the lease is lost', async () => {
  const { answer, answers, holding } = world();
  answer(false);
  expect(await holding).toBe('ended');
  expect(answers).toEqual([false]);
});
