import { createFakeClock, type FakeClock } from '@kubernode/testing';
import { ElectionWatch, type MemberView } from './election-watch.ts';

const OLD: MemberView = { hasLeader: true, term: 4 };
const ELECTED: MemberView = { hasLeader: true, term: 5 };
const ELECTING: MemberView = { hasLeader: false, term: 5 };

/** A transaction that nobody answers yet. */
interface Transaction { readonly outcome: string; answer(): void }

describe('ElectionWatch', () => {
  let clock: FakeClock;
  let views: readonly MemberView[];
  let looks: number;
  let elections: ElectionWatch;
  beforeEach(() => {
    clock = createFakeClock();
    [views, looks] = [[OLD, OLD, OLD], 0];
    elections = new ElectionWatch({ clock, look: async () => { looks++; return views; } });
    elections.heard(4);
  });

  const transact = (): Transaction => {
    let outcome = 'waits';
    let answer = (): void => undefined;
    elections.unlessElected(new Promise<void>((resolve) => { answer = resolve; })).then(() => { outcome = 'answered'; }, (error: Error & { fateUnknown?: boolean }) => { outcome = `${error.fateUnknown === true ? 'perhaps' : 'not'}: ${error.message}`; });
    return { get outcome() { return outcome; }, answer };
  };

  test('a transaction that began before an election is given up a moment after it', async () => {
    const transaction = transact();
    views = [ELECTING, ELECTING];
    await clock.advance(1000);
    expect(transaction.outcome).toBe('waits');
    views = [OLD, ELECTED];
    await clock.advance(100);
    expect(transaction.outcome).toBe('waits');
    await clock.advance(100);
    expect(transaction.outcome).toBe('perhaps: etcd elected another leader before it answered');
  });

  test('what the new leader found in its log is answered', async () => {
    const transaction = transact();
    views = [ELECTED];
    await clock.advance(300);
    transaction.answer();
    await clock.advance(1000);
    expect(transaction.outcome).toBe('answered');
  });

  test('a transaction that began after the election is waited for', async () => {
    const early = transact();
    views = [ELECTED];
    await clock.advance(300);
    const late = transact();
    await clock.advance(5000);
    expect([early.outcome, late.outcome]).toEqual([expect.stringContaining('perhaps'), 'waits']);
  });

  test('an answer tells of an election as well as members do', async () => {
    const transaction = transact();
    views = [];
    await clock.advance(300);
    elections.heard(5);
    await clock.advance(100);
    expect(transaction.outcome).toContain('perhaps');
  });

  test('one that is merely slow is waited for', async () => {
    const transaction = transact();
    await clock.advance(60_000);
    expect(transaction.outcome).toBe('waits');
  });

  test('the first term that is heard of is no election', async () => {
    elections = new ElectionWatch({ clock, look: async () => views });
    const transaction = transact();
    await clock.advance(60_000);
    expect(transaction.outcome).toBe('waits');
  });

  test('members are asked only while a transaction takes long', async () => {
    transact().answer();
    await clock.advance(60_000);
    expect(looks).toBe(0);
    const slow = transact();
    await clock.advance(299);
    expect(looks).toBe(0);
    await clock.advance(1);
    expect(looks).toBe(1);
    slow.answer();
    await clock.advance(60_000);
    expect(looks).toBe(1);
  });
});
