import fc from 'fast-check';
import { addQuantities, compareQuantities, formatQuantity, milliOf, normaliseQuantity, parseQuantity, subtractQuantities, unitsOf } from './quantity.ts';
import { quantityMilliValue, quantityToNumber, quantityValue } from './quantity-numbers.ts';
import { scaledIntOrPercent } from './int-or-string.ts';

describe('normaliseQuantity', () => {
  test.each([
    ['0', '0'], ['0.5', '500m'], ['1000m', '1'], ['1500m', '1500m'], ['1.5', '1500m'], ['100m', '100m'], ['0m', '0'], ['1Ki', '1Ki'], ['1024Ki', '1Mi'], ['1.5Gi', '1536Mi'],
    ['8Gi', '8Gi'], ['1000Ki', '1000Ki'], ['1e3', '1e3'], ['1E', '1E'], ['12e6', '12e6'], ['1000e3', '1e6'], ['0.1n', '1n'], ['-1.5', '-1500m'], ['0.5Ki', '512'], ['100Mi', '100Mi'],
    ['1.500', '1.500'], ['2000', '2k'], ['1234567890', '1234567890'], ['1e1', '10'], ['0.5Mi', '512Ki'], ['1.1', '1100m'], ['16Ei', '9223372036854775807'],
  ])('%s is %s', (text, expected) => {
    expect(normaliseQuantity(text)).toBe(expected);
  });

  test.each([
    ['', 'quantities must match'], ['lots', 'quantities must match'], ['1x', 'quantities must match'], ['1.2.3', 'quantities must match'], ['1EE', "unable to parse quantity's suffix"],
    ['1i', "unable to parse quantity's suffix"], ['1e99999999', "unable to parse quantity's suffix"],
  ])('refuses %j', (text, message) => {
    expect(() => normaliseQuantity(text)).toThrow(message);
  });
});

const suffixes = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12 };
const decimal = fc.record({ digits: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), suffix: fc.constantFrom(...Object.keys(suffixes) as (keyof typeof suffixes)[]) });
const nanosOf = ({ digits, suffix }: { digits: bigint; suffix: keyof typeof suffixes }): bigint => digits * 10n ** BigInt(suffixes[suffix] + 9);
const textOf = ({ digits, suffix }: { digits: bigint; suffix: string }): string => `${digits}${suffix}`;

describe('quantities', () => {
  test('agree with whole billionths in sums, differences and order', () => {
    fc.assert(fc.property(decimal, decimal, (a, b) => {
      const [x, y] = [parseQuantity(textOf(a)), parseQuantity(textOf(b))];
      expect(addQuantities(x, y).nanos).toBe(nanosOf(a) + nanosOf(b));
      expect(subtractQuantities(x, y).nanos).toBe(nanosOf(a) - nanosOf(b));
      expect(compareQuantities(x, y)).toBe(nanosOf(a) < nanosOf(b) ? -1 : nanosOf(a) > nanosOf(b) ? 1 : 0);
      expect(parseQuantity(formatQuantity(x)).nanos).toBe(x.nanos);
    }), { numRuns: 300 });
  });

  test('the fast numbers agree with the exact ones', () => {
    const text = fc.tuple(fc.integer({ min: 0, max: 10 ** 7 }), fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'u', 'e3', '.5', '.25Gi')).map(([n, suffix]) => `${n}${suffix}`);
    fc.assert(fc.property(text, (one) => {
      expect(quantityValue(one)).toBe(Number(unitsOf(parseQuantity(one))));
      expect(quantityMilliValue(one)).toBe(Number(milliOf(parseQuantity(one))));
      expect(Math.abs(quantityToNumber(one) * 1e9 - Number(parseQuantity(one).nanos))).toBeLessThanOrEqual(Number(parseQuantity(one).nanos) * 1e-12);
    }), { numRuns: 300 });
  });

  test('take the format of the first that is not zero', () => {
    expect(formatQuantity(addQuantities(parseQuantity('0'), parseQuantity('2Gi')))).toBe('2Gi');
  });
});

test.each([[3, 10, 'up', 3], ['25%', 10, 'up', 3], ['25%', 10, 'down', 2], ['29%', 100, 'up', 29], ['x', 1, 'up', undefined], ['-1%', 1, 'up', undefined]] as const)('scaledIntOrPercent(%p, %p, %p) is %p', (value, total, round, expected) => {
  expect(scaledIntOrPercent(value, total, round)).toBe(expected);
});
