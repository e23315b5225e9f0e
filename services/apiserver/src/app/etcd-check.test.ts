import { createFakeClock, FakeEtcd, type FakeFault } from '@kubernode/testing';
import { etcdCheck } from './etcd-check.ts';

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
