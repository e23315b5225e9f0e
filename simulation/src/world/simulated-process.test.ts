import { SimulatedProcess } from './simulated-process.ts';
import { VirtualTime } from './virtual-time.ts';

describe('SimulatedProcess', () => {
  const run = (): { time: VirtualTime; process: SimulatedProcess; seen: string[] } => {
    const time = new VirtualTime();
    const process = new SimulatedProcess('one', time);
    const seen: string[] = [];
    for (const ms of [10, 20]) void process.clock.sleep(ms).then(() => { seen.push(`${ms}@${time.nowMs}`); });
    return { time, process, seen };
  };

  it('hears when it thaws what came while it was frozen', async () => {
    const { time, process, seen } = run();
    time.after(5, () => { process.freeze(); });
    time.after(15, () => { process.thaw(); });
    await time.runUntil(30, () => false);
    expect(seen).toEqual(['10@15', '20@20']);
  });

  it('never goes on once it is dead, and tells those who asked', async () => {
    const { time, process, seen } = run();
    process.onDeath(() => { seen.push('dead'); });
    process.onDeath(() => { seen.push('never'); })[Symbol.dispose]();
    time.after(15, () => { process.freeze(); process.kill(); process.thaw(); });
    await time.runUntil(30, () => false);
    expect(seen).toEqual(['10@10', 'dead']);
  });

  it('has clocks and timers that go at a wrong speed, and a monotonic one that never jumps', async () => {
    const { time, process } = run();
    const began = process.clock.now();
    const shown: number[][] = [];
    process.goAt(2);
    void process.clock.sleep(100).then(() => { shown.push([time.nowMs, process.clock.monotonicNow(), process.clock.now() - began]); process.goAt(1); });
    time.after(80, () => { shown.push([time.nowMs, process.clock.monotonicNow(), process.clock.now() - began]); });
    await time.runUntil(200, () => false);
    expect(shown).toEqual([[50, 100, 100], [80, 130, 80]]);
  });

  it('shows a wall clock that is wrong and a monotonic one that is not', () => {
    const { process } = run();
    const before = process.clock.now();
    process.skewMs = -5_000;
    expect([process.clock.now() - before, process.clock.monotonicNow()]).toEqual([-5_000, 0]);
  });
});
