import { PrefixTransformer, type PrefixedTransformer } from './prefix-transformer.ts';
import type { ValueTransformer } from './value-transformer.ts';

const key = '/registry/secrets/a/b';

/** Writes its name before the value and reads that alone. */
const named = (name: string, isStale = false): ValueTransformer => ({
  fromStorage(stored) {
    if (!stored.toString().startsWith(name)) throw new Error(`${name} cannot`);
    return { bytes: stored.subarray(name.length), isStale };
  },
  toStorage: (bytes) => Buffer.concat([Buffer.from(name), bytes]),
});
/** Answers later, as a plugin does. */
const later = (transformer: ValueTransformer): ValueTransformer => ({ ...transformer, fromStorage: async (stored, etcdKey) => transformer.fromStorage(stored, etcdKey) });

function chain(...candidates: PrefixedTransformer[]): { transformer: PrefixTransformer; observed: string[] } {
  const observed: string[] = [];
  const transformer = new PrefixTransformer({ candidates, noMatch: 'no matching prefix found', monotonicNow: () => 0, observe: (direction, prefix, _, error) => observed.push(`${direction} ${prefix} ${error === undefined ? 'OK' : 'failed'}`) });
  return { transformer, observed };
}

describe('PrefixTransformer', () => {
  test('the first writes with its prefix and reads without', async () => {
    const { transformer, observed } = chain({ prefix: 'p:', transformer: named('A') }, { prefix: 'q:', transformer: named('B') });
    const stored = transformer.toStorage(Buffer.from('x'), key);
    expect(stored.toString()).toBe('p:Ax');
    expect(await transformer.fromStorage(stored, key)).toEqual({ bytes: Buffer.from('x'), isStale: false });
    expect(observed).toEqual(['to_storage p: OK', 'from_storage p: OK']);
  });

  test.each([['at once', named('B')], ['later', later(named('B'))]])('what another wrote is stale (%s)', async (_, second) => {
    const { transformer } = chain({ prefix: 'p:', transformer: named('A') }, { prefix: 'q:', transformer: second });
    expect(await transformer.fromStorage(Buffer.from('q:Bx'), key)).toEqual({ bytes: Buffer.from('x'), isStale: true });
  });

  test.each([['at once', named('A')], ['later', later(named('A'))]])('one that fails (%s) does not keep the next of the same prefix from being tried', async (_, first) => {
    const { transformer, observed } = chain({ prefix: 'p:', transformer: first }, { prefix: 'p:', transformer: named('B') });
    expect(await transformer.fromStorage(Buffer.from('p:Bx'), key)).toEqual({ bytes: Buffer.from('x'), isStale: true });
    expect(observed).toEqual(['from_storage p: failed', 'from_storage p: OK']);
  });

  test.each([
    ['all that were tried are told of', ['p:', 'p:'], 'p:Cx', '[A cannot, B cannot]'],
    ['one alone is told as it is', ['p:', 'q:'], 'p:Cx', 'A cannot'],
    ['nobody is for it', ['p:', 'q:'], 'r:Cx', 'no matching prefix found'],
    ['identity is silent about what it refuses', ['', 'q:'], 'p:Cx', 'no matching prefix found'],
  ])('%s', async (_, [first = '', second = ''], stored, message) => {
    const { transformer } = chain({ prefix: first, transformer: named('A') }, { prefix: second, transformer: later(named('B')) });
    await expect(async () => transformer.fromStorage(Buffer.from(stored), key)).rejects.toThrow(message);
  });
});
