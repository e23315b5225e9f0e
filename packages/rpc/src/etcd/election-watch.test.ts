import { createFakeClock, type FakeClock } from '@kubernode/testing';
import { ElectionWatch, type MemberView } from './election-watch.ts';

type View = MemberView<string>;
const [A_KNOWS_4, B_KNOWS_4]: readonly View[] = [{ member: 'a', hasLeader: true, term: 4 }, { member: 'b', hasLeader: true, term: 4 }] as const;
const [A_KNOWS_5, B_KNOWS_5]: readonly View[] = [{ member: 'a', hasLeader: true, term: 5 }, { member: 'b', hasLeader: true, term: 5 }] as const;
const B_ELECTS: View = { member: 'b', hasLeader: false, term: 5 };

/** A transaction that nobody answers yet. */
interface Transaction { readonly outcome: string; answer(): void }

describe('ElectionWatch', () => {
  let clock: FakeClock;
  let views: readonly View[];
  let looks: number;
  let elections: ElectionWatch<string>;
  beforeEach(() => {
    clock = createFakeClock();
    [views, looks] = [[A_KNOWS_4, B_KNOWS_4], 0];
    elections = new ElectionWatch({ clock, look: async () => { looks++; return views; }, onLooked: () => undefined });
    elections.heard('a', 4);
  });

  const transact = (member = 'a'): Transaction => {
    let outcome = 'waits';
    let answer = (): void => undefined;
    elections.unlessElected(member, new Promise<void>((resolve) => { answer = resolve; })).then(() => { outcome = 'answered'; }, (error: Error & { fateUnknown?: boolean }) => { outcome = `${error.fateUnknown === true ? 'perhaps' : 'not'}: ${error.message}`; });
    return { get outcome() { return outcome; }, answer };
  };

  test('a transaction that began before an election is given up a moment after it', async () => {
    const transaction = transact();
    views = [B_ELECTS];
    await clock.advance(1000);
    expect(transaction.outcome).toBe('waits');
    views = [A_KNOWS_5, B_KNOWS_5];
    await clock.advance(100);
    expect(transaction.outcome).toBe('waits');
    await clock.advance(100);
    expect(transaction.outcome).toBe('perhaps: etcd elected another leader before it answered');
  });

  test('what the new leader found in its log is answered', async () => {
    const transaction = transact();
    views = [A_KNOWS_5];
    await clock.advance(300);
    transaction.answer();
    await clock.advance(1000);
    expect(transaction.outcome).toBe('answered');
  });

  test('a transaction that began after the election is waited for', async () => {
    const early = transact();
    views = [A_KNOWS_5];
    await clock.advance(300);
    const late = transact();
    await clock.advance(5000);
    expect([early.outcome, late.outcome]).toEqual([expect.stringContaining('perhaps'), 'waits']);
  });

  test('an answer tells of an election as well as members do', async () => {
    const transaction = transact();
    views = [];
    await clock.advance(300);
    elections.heard('a', 5);
    await clock.advance(100);
    expect(transaction.outcome).toContain('perhaps');
  });

  test('what waits at a member that has missed the election is over, whenever it began', async () => {
    transact();
    views = [A_KNOWS_4, B_KNOWS_5];
    await clock.advance(300);
    expect([elections.isBehind('a'), elections.isBehind('b')]).toEqual([true, false]);
    const [late, elsewhere] = [transact('a'), transact('b')];
    await clock.advance(300);
    expect([late.outcome, elsewhere.outcome]).toEqual([expect.stringContaining('perhaps'), 'waits']);
    elections.heard('a', 5);
    expect(elections.isBehind('a')).toBe(false);
  });

  test('a member that says nothing is waited for as long as nobody knows of an election', async () => {
    const transaction = transact();
    views = [B_KNOWS_4];
    await clock.advance(60_000);
    expect(transaction.outcome).toBe('waits');
  });

  test('terms begin anew with an etcd from a backup', async () => {
    for (const member of ['a', 'b']) elections.heard(member, 2);
    const transaction = transact();
    views = [];
    await clock.advance(60_000);
    expect([transaction.outcome, elections.isBehind('a')]).toEqual(['waits', false]);
  });

  test('one that is merely slow is waited for', async () => {
    const transaction = transact();
    await clock.advance(60_000);
    expect(transaction.outcome).toBe('waits');
  });

  test('the first term that is heard of is no election', async () => {
    elections = new ElectionWatch({ clock, look: async () => views, onLooked: () => undefined });
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
