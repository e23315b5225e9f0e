import fc from 'fast-check';
import { everything, formatLabelSelector, labelRequirement, matchesLabels, nothing, selectorFromLabelSelector } from './label-selector.ts';
import { parseLabelSelector } from './parse-label-selector.ts';

const faultOf = (text: string): string => {
  try { parseLabelSelector(text); } catch (error) { return (error as Error).message; }
  return 'accepted';
};

describe('parseLabelSelector', () => {
  test.each([
    ['', ''], [' app = a ', 'app=a'], ['app==a', 'app==a'], ['app!=a', 'app!=a'], ['b,a', 'a,b'], ['!a', '!a'], ['a in (y,x,x)', 'a in (x,y)'],
    ['a notin ()', 'a notin ()'], ['a in (,x)', 'a in (,x)'], ['a in (x,)', 'a in (,x)'], ['a=', 'a='], ['a=,b', 'a=,b'], ['a>1,b<2', 'a>1,b<2'], ['in in (in,notin)', 'in in (in,notin)'],
    ['example.com/a=b', 'example.com/a=b'], ['a=in', 'a=in'],
  ])('%j is %j', (text, formatted) => {
    expect(formatLabelSelector(parseLabelSelector(text))).toBe(formatted);
  });

  test.each([
    ['!', "unable to parse requirement: found '', expected: identifier"],
    [',', "found ',', expected: !, identifier, or 'end of string'"],
    ['app,,tier', "found ',', expected: identifier after ','"],
    ['app,', "found '', expected: identifier after ','"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['app=a b', "found 'b', expected: ',' or 'end of string'"],
    ['app=>x', "unable to parse requirement: found '>', expected: identifier"],
    ['app notin', "unable to parse requirement: found '' expected: '('"],
    ['app in (a', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['app in (=', "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
    ['app in (a,=', "unable to parse requirement: found '=', expected: ',', or identifier"],
    ['!app=x', "found '=', expected: ',' or 'end of string'"],
    ['a>x', "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"],
    ['/app=x', 'unable to parse requirement: <nil>: Invalid value: "/app": prefix part must be non-empty'],
    [`app=${'v'.repeat(64)}`, `unable to parse requirement: values[0][app]: Invalid value: "${'v'.repeat(64)}": must be no more than 63 bytes`],
  ])('refuses %j', (text, message) => {
    expect(faultOf(text)).toBe(message);
  });

  test('reads back what formatLabelSelector writes', () => {
    const key = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
    const value = fc.stringMatching(/^([a-z0-9]{1,8})?$/);
    const requirement = fc.oneof(
      fc.tuple(key, fc.constantFrom('=' as const, '==' as const, '!=' as const), fc.tuple(value)),
      fc.tuple(key, fc.constantFrom('in' as const, 'notin' as const), fc.uniqueArray(value, { minLength: 1, maxLength: 4 })),
      fc.tuple(key, fc.constantFrom('exists' as const, '!' as const), fc.constant([] as string[])),
    ).map(([k, operator, values]) => labelRequirement(k, operator, [...values].sort()));
    fc.assert(fc.property(fc.array(requirement, { maxLength: 4 }), (selector) => {
      const text = formatLabelSelector(selector);
      expect(formatLabelSelector(parseLabelSelector(text)).split(',').sort()).toEqual(text.split(',').sort());
    }), { numRuns: 200 });
  });
});

describe('matchesLabels', () => {
  test.each([
    ['a=1', { a: '1' }, true], ['a=1', {}, false], ['a!=1', {}, true], ['a in (1,2)', { a: '2' }, true], ['a notin (1)', { a: '1' }, false], ['a notin (1)', {}, true],
    ['a', { a: '' }, true], ['!a', { a: '' }, false], ['a>5', { a: '10' }, true], ['a<5', { a: '10' }, false], ['a>5', { a: 'x' }, false], ['a>5', {}, false], ['', {}, true],
    ['constructor', {}, false],
  ])('%j on %j is %p', (text, labels, expected) => {
    expect(matchesLabels(parseLabelSelector(text), labels)).toBe(expected);
  });

  test('everything and nothing', () => {
    expect([matchesLabels(everything, undefined), matchesLabels(nothing, { a: 'b' })]).toEqual([true, false]);
  });
});

describe('selectorFromLabelSelector', () => {
  test('absent selects nothing, empty everything', () => {
    expect([selectorFromLabelSelector(undefined), selectorFromLabelSelector({})]).toEqual([nothing, everything]);
  });

  test('joins labels and expressions', () => {
    const selector = selectorFromLabelSelector({ matchLabels: { b: '1' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['y', 'x'] }, { key: 'c', operator: 'DoesNotExist' }] });
    expect(formatLabelSelector(selector)).toBe('a in (x,y),b=1,!c');
  });

  test('refuses an unknown operator', () => {
    expect(() => selectorFromLabelSelector({ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] })).toThrow('"Gt" is not a valid label selector operator');
  });
});
