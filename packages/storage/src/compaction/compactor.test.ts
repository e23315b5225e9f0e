import { systemClock } from '@kubernode/base';
import { FakeEtcd } from '@kubernode/testing';
import { compactOnce, type CompactionState } from './compactor.ts';

describe('compactOnce', () => {
  test('of two replicas one compacts each round, and the other takes over when it is gone', async () => {
    const etcd = new FakeEtcd({ clock: systemClock });
    const writeSome = async (): Promise<void> => { for (let n = 0; n < 3; n++) await etcd.put({ key: '/x', value: Buffer.from(`${n}`) }); };
    const isGone = async (revision: number): Promise<boolean> => etcd.range({ key: '/x', revision }).then(() => false, () => true);
    let a: CompactionState = { version: 0, revision: 0 };
    let b: CompactionState = a;
    a = await compactOnce(etcd, a);
    b = await compactOnce(etcd, b);
    expect([a, b]).toEqual([{ version: 1, revision: 2 }, { version: 1, revision: 2 }]);
    await writeSome();
    a = await compactOnce(etcd, a); // a is first: up to revision 2
    b = await compactOnce(etcd, b);
    expect([a, b]).toEqual([{ version: 2, revision: 6 }, { version: 2, revision: 6 }]);
    expect([await isGone(1), await isGone(2), await isGone(5)]).toEqual([true, false, false]);
    await writeSome();
    b = await compactOnce(etcd, b); // a is gone
    expect(b).toEqual({ version: 3, revision: 10 });
    expect([await isGone(5), await isGone(6)]).toEqual([true, false]);
  });
});
