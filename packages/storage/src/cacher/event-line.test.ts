import type { EtcdEvent } from '@kubernode/rpc';
import { createFakeClock } from '@kubernode/testing';
import { UnreadableValue, type ReadOutcome } from '../store/stored-values.ts';
import { EventLine } from './event-line.ts';

const event = (revision: number, type: 'put' | 'delete' = 'put'): EtcdEvent => ({ type, kv: { key: `/registry/pods/p${revision}`, value: Buffer.from('x'), modRevision: revision, createRevision: revision, version: 1, lease: 0n } }) as EtcdEvent; // what a line looks at
const outcome = (revision: number): ReadOutcome => new UnreadableValue({ etcdKey: `/registry/pods/p${revision}`, revision, isSealed: true, cause: 'what it is does not matter here' });

/** A line on which the values of `slow` revisions wait until they are released. */
function setUp(slow: readonly number[]): { line: EventLine; applied: number[]; release(revision: number): Promise<void>; clock: ReturnType<typeof createFakeClock> } {
  const applied: number[] = [];
  const releases = new Map<number, () => void>();
  const clock = createFakeClock();
  const line = new EventLine({
    clock,
    read: ({ modRevision }) => (slow.includes(modRevision) ? new Promise((resolve) => { releases.set(modRevision, () => resolve(outcome(modRevision))); }) : outcome(modRevision)),
    apply: ({ kv }, value) => { expect(value === undefined).toBe(kv.modRevision === 9); applied.push(kv.modRevision); },
    onOverflow: () => { throw new Error('it is not full'); },
  });
  return { line, applied, clock, async release(revision) { releases.get(revision)?.(); await new Promise(setImmediate); } };
}

describe('EventLine', () => {
  test('what can be read passes at once', () => {
    const { line, applied } = setUp([]);
    line.push(event(5));
    line.push(event(9, 'delete'));
    expect([applied, line.passedRevision]).toEqual([[5, 9], Infinity]);
  });

  test('nobody overtakes who waits, and answers may come in any order', async () => {
    const { line, applied, release } = setUp([6, 8]);
    for (const revision of [5, 6, 7, 8]) line.push(event(revision));
    line.push(event(9, 'delete'));
    expect([applied, line.passedRevision]).toEqual([[5], 5]);
    await release(8);
    expect([applied, line.passedRevision]).toEqual([[5], 5]);
    await release(6);
    expect([applied, line.passedRevision]).toEqual([[5, 6, 7, 8, 9], Infinity]);
    line.push(event(10));
    expect(applied.at(-1)).toBe(10);
  });

  test('readers wait for the revision they need, and not for ever', async () => {
    const { line, release, clock } = setUp([6, 8]);
    for (const revision of [6, 8]) line.push(event(revision));
    const wait = { timeoutMs: 3000 };
    const [upToFive, upToSeven, upToEight] = [line.passed(5, wait), line.passed(7, wait), line.passed(8, wait)];
    expect(await upToFive).toBe(true);
    await release(6);
    expect(await upToSeven).toBe(true);
    await clock.advance(3000);
    expect(await upToEight).toBe(false);
    const abort = new AbortController();
    const aborted = line.passed(8, { ...wait, signal: abort.signal });
    abort.abort(new Error('gone'));
    await expect(aborted).rejects.toThrow('gone');
  });

  test('a line that was cleared gives nothing any more', async () => {
    const { line, applied, release } = setUp([6]);
    line.push(event(6));
    const passed = line.passed(6, { timeoutMs: 3000 });
    line.clear();
    await release(6);
    expect([applied, await passed]).toEqual([[], true]);
  });
});
