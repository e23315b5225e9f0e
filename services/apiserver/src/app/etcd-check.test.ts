import { createFakeClock, FakeEtcd, type FakeFault } from '@kubernode/testing';
import { etcdCheck, etcdConnectionCheck } from './etcd-check.ts';

describe('etcdCheck', () => {
  test('asks at most twice in its time limit and tells the last answer between', async () => {
    const clock = createFakeClock();
    let asked = 0;
    let fault: FakeFault = 'none';
    const check = etcdCheck({ etcd: new FakeEtcd({ clock, faultOf: () => { asked++; return fault; } }), clock, timeoutMs: 2_000, key: '/registry/health' });
    const answers = [await check(), await check()];
    fault = 'unreachable';
    await clock.advance(999);
    answers.push(await check());
    await clock.advance(1);
    answers.push(await check());
    expect([asked, answers]).toEqual([2, [undefined, undefined, undefined, 'error getting data from etcd: connection refused']]);
  });
});

describe('etcdConnectionCheck', () => {
  /** What the check says every half second, for so many seconds of a fault. */
  const during = async (faults: Partial<Record<'range' | 'health', FakeFault>>, seconds: number): Promise<(string | undefined)[]> => {
    const clock = createFakeClock();
    let isOver = true;
    const etcd = new FakeEtcd({ clock, faultOf: (call) => (isOver ? 'none' : faults[call as 'range' | 'health'] ?? 'none') });
    const check = etcdConnectionCheck({ etcd, clock, read: etcdCheck({ etcd, clock, timeoutMs: 2_000, key: '/registry/health' }) });
    const look = async (): Promise<string | undefined> => { const answer = await check(); await clock.advance(500); return answer; };
    const answers = [await look(), await look()];
    isOver = false;
    for (let i = 0; i < seconds * 2; i++) answers.push(await look());
    isOver = true;
    for (let i = 0; i < 3; i++) await look(); // the answers from before are told until they are old
    return [...answers, await look()];
  };

  test('an etcd that can be reached may be in trouble for five seconds', async () => {
    expect(await during({ range: 'unreachable' }, 4)).toEqual(Array.from({ length: 11 }, () => undefined));
    const longer = await during({ range: 'unreachable' }, 10);
    expect([longer.indexOf('no read from etcd got through for a while') > 10, longer.at(-1)]).toEqual([true, undefined]);
  });

  test('one that cannot be reached is told at once', async () => {
    const answers = await during({ range: 'unreachable', health: 'unreachable' }, 2);
    expect(answers).toEqual([undefined, undefined, ...Array.from({ length: 4 }, () => 'no member of etcd can be reached'), undefined]);
  });

  test('long silence between two questions is no trouble', async () => {
    const clock = createFakeClock();
    const etcd = new FakeEtcd({ clock });
    const check = etcdConnectionCheck({ etcd, clock, read: etcdCheck({ etcd, clock, timeoutMs: 2_000, key: '/registry/health' }) });
    await check();
    await clock.advance(600_000);
    expect(await check()).toBeUndefined();
  });
});
