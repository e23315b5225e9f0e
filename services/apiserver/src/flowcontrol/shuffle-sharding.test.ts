import { dealHand, flowHash, requiredEntropyBits } from './shuffle-sharding.ts';

describe('dealHand', () => {
  it('deals different queues of the deck, the same ones for the same flow', () => {
    const hands = Array.from({ length: 500 }, (_, i) => dealHand(flowHash('schema', `user-${i}`), 64, 8));
    expect(hands.every((hand) => new Set(hand).size === 8 && hand.every((queue) => queue >= 0 && queue < 64))).toBe(true);
    expect(dealHand(flowHash('schema', 'user-7'), 64, 8)).toEqual(hands[7]);
  });

  it('uses all queues about equally', () => {
    const used = new Array<number>(16).fill(0);
    for (let i = 0; i < 4_000; i++) for (const queue of dealHand(flowHash('s', String(i)), 16, 4)) used[queue] = (used[queue] ?? 0) + 1;
    expect(used.every((count) => count > 800 && count < 1_200)).toBe(true);
  });

  it.each([
    [10n, 5, 2, [0, 3]], // 10 = 2·5 + 0, then 2 mod 4 = 2, which is the fourth card once the first is gone
    [0n, 3, 3, [0, 1, 2]],
    [14n, 4, 2, [2, 0]],
  ])('deals hash %s as Kubernetes does', (hash, queues, handSize, hand) => expect(dealHand(hash, queues, handSize)).toEqual(hand));
});

describe('requiredEntropyBits', () => {
  it.each([[64, 8, 48], [1, 1, 0], [512, 8, 72]])('of %i queues and hands of %i', (queues, handSize, bits) => expect(requiredEntropyBits(queues, handSize)).toBe(bits));
});
