import { createHash } from 'node:crypto';

/** More bits of a hash than these would make some queues likelier than others. */
export const HASH_BITS_MAX = 60;

/** How many bits of a hash it takes to deal a hand; meaningful for 1 ≤ handSize ≤ queues. */
export function requiredEntropyBits(queues: number, handSize: number): number {
  return Math.ceil(Math.log2(queues) * handSize);
}

/** The hash of a flow: the schema it matched and what tells flows of that schema apart. */
export function flowHash(schema: string, distinguisher: string): bigint {
  return createHash('sha256').update(`${schema}\0${distinguisher}`).digest().readBigUInt64LE(0);
}

/**
 * The queues that a flow may use: `handSize` different ones of `queues`, the same for the same hash. Two flows rarely share their whole
 * hand, so a flow that fills its own queues leaves others a free one.
 */
export function dealHand(hash: bigint, queues: number, handSize: number): number[] {
  const remainders: number[] = [];
  for (let left = queues; left > queues - handSize; left--) {
    remainders.push(Number(hash % BigInt(left)));
    hash /= BigInt(left);
  }
  return remainders.map((remainder, dealt) => {
    let card = remainder; // counts only cards that were still in the deck
    for (let before = dealt - 1; before >= 0; before--) if (card >= (remainders[before] as number)) card++; // before < dealt
    return card;
  });
}
