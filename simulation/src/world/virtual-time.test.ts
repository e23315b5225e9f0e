import { afterArrivals } from '@kubernode/base';
import { VirtualTime } from './virtual-time.ts';

describe('VirtualTime', () => {
  it('calls what is due by time, and in the order of setting where that is the same', async () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    for (const [ms, name] of [[30, 'd'], [10, 'a'], [20, 'b'], [20, 'c'], [99, 'late']] as const) time.after(ms, () => { seen.push(`${name}@${time.nowMs}`); });
    time.after(15, () => { seen.push('disposed'); })[Symbol.dispose]();
    await time.runUntil(50, () => false);
    expect(seen).toEqual(['a@10', 'b@20', 'c@20', 'd@30']);
    expect(time.nowMs).toBe(50);
  });

  it('moves on only when nothing is left to happen at a moment', async () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    const later = async (name: string): Promise<void> => {
      for (let i = 0; i < 100; i++) await Promise.resolve();
      await new Promise<void>((resolve) => { afterArrivals(resolve); });
      for (let i = 0; i < 100; i++) await Promise.resolve();
      seen.push(`${name}@${time.nowMs}`);
    };
    time.after(1, () => { void later('a'); });
    time.after(2, () => { void later('b'); });
    await time.runUntil(10, () => false);
    expect(seen).toEqual(['a@1', 'b@2']);
  });

  it('keeps the order of a thousand timers', async () => {
    const time = new VirtualTime();
    const seen: number[] = [];
    for (let i = 0; i < 1000; i++) { const due = (i * 7919) % 1009; time.after(due, () => { seen.push(due); }); }
    await time.runUntil(2000, () => false);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen).toHaveLength(1000);
  });

  it('stops when a step says that it is enough', async () => {
    const time = new VirtualTime();
    time.after(1, () => undefined);
    time.after(2, () => undefined);
    await time.runUntil(10, () => true);
    expect(time.nowMs).toBe(1);
  });
});
