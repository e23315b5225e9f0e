import { seededRng } from '@kubernode/base';
import { Network, Unreachable } from './network.ts';
import { VirtualTime } from './virtual-time.ts';

describe('Network', () => {
  const run = (): { time: VirtualTime; network: Network } => {
    const time = new VirtualTime();
    return { time, network: new Network(time, seededRng(1)) };
  };
  const outcomeOf = async (time: VirtualTime, journey: Promise<void>): Promise<unknown> => {
    let outcome: unknown = 'on its way';
    journey.then(() => { outcome = 'there'; }, (error: unknown) => { outcome = error; });
    await time.runUntil(time.nowMs + 60_000, () => false);
    return outcome;
  };

  it('loses what crosses a cut, in either direction, until it is healed', async () => {
    const { time, network } = run();
    network.cut('a', 'b');
    expect(await outcomeOf(time, network.travel('b', 'a'))).toBeInstanceOf(Unreachable);
    expect(await outcomeOf(time, network.travel('a', 'c'))).toBe('there');
    network.heal('a', 'b');
    expect(await outcomeOf(time, network.travel('b', 'a'))).toBe('there');
  });

  it('loses a share of the messages', async () => {
    const { time, network } = run();
    network.lossChance = 0.3;
    const outcomes = await Promise.all(Array.from({ length: 300 }, () => network.travel('a', 'b').then(() => 1, () => 0)).concat(time.runUntil(10_000, () => false).then(() => 0)));
    const arrived = outcomes.reduce((sum: number, one) => sum + one, 0);
    expect(arrived).toBeGreaterThan(170);
    expect(arrived).toBeLessThan(250);
  });

  it('tells streams of their link alone that it broke', () => {
    const { network } = run();
    const told: string[] = [];
    network.onBreak('a', 'b', (why) => { told.push(why); });
    network.onBreak('a', 'c', (why) => { told.push(`other ${why}`); });
    network.reset('b', 'a');
    network.cut('a', 'b');
    expect(told).toEqual(['reset', 'cut']);
  });
});
