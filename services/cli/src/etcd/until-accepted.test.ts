import { createFakeClock } from '@kubernode/testing';
import { untilAccepted } from './until-accepted.ts';

const isEarly = (error: unknown): boolean => error instanceof Error && error.message === 'too early';

/** What comes of a call that answers or fails in turn as told, after a minute; and how often it was made. */
async function after(outcomes: (string | Error)[]): Promise<[string, number]> {
  const clock = createFakeClock();
  let calls = 0;
  const call = (): Promise<string> => { const outcome = outcomes[Math.min(calls++, outcomes.length - 1)]; return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome ?? ''); };
  const result = untilAccepted(call, isEarly, { timeoutMs: 1_000, clock, signal: new AbortController().signal }).catch((error: unknown) => (error as Error).message); // as made above
  await clock.advance(60_000);
  return [await result, calls];
}

test.each<[string, (string | Error)[], [string, number]]>([
  ['answers at once', ['done'], ['done', 1]],
  ['asks again while it is too early', [new Error('too early'), new Error('too early'), 'done'], ['done', 3]],
  ['does not ask again after another refusal', [new Error('too early'), new Error('member not found'), 'done'], ['member not found', 2]],
  ['gives up with the last refusal', [new Error('too early')], ['etcd is not ready for it: too early', 6]],
])('untilAccepted %s', async (_, outcomes, expected) => { expect(await after(outcomes)).toEqual(expected); });
