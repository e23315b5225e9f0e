import type { JsonObject } from '@kubernode/apimachinery';
import type { SchemaProps, ValidationRule } from '../structural/schema-parts.ts';
import { compileRules } from './compile-rules.ts';
import { declareType } from './declared-type.ts';
import { escapeName } from './escape.ts';
import { evaluateRules } from './evaluate-rules.ts';
import { findField } from './rule-field-path.ts';
import { ruleTree } from './rule-tree.ts';

const withRule = (properties: Record<string, SchemaProps>, ...rules: ValidationRule[]): SchemaProps => ({ type: 'object', properties: { spec: { type: 'object', properties, 'x-kubernetes-validations': rules } } });

function outcome(schema: SchemaProps, object: JsonObject, old?: JsonObject): { faults: string[]; ratcheted: string[] } {
  const tree = ruleTree(schema);
  if (tree === undefined) throw new Error('no rules');
  const { faults, ratcheted } = evaluateRules(tree, object, old);
  const shown = ({ field, message }: { field: string; message: string }): string => `${field}: ${message}`;
  return { faults: faults.map(shown), ratcheted: ratcheted.map(shown) };
}

const integers = { a: { type: 'integer' }, b: { type: 'integer' } };

test.each<[string, ValidationRule, JsonObject, string[]]>([
  ['a rule that holds', { rule: 'self.a < self.b' }, { a: 1, b: 2 }, []],
  ['a rule that does not', { rule: 'self.a < self.b' }, { a: 3, b: 2 }, ['spec: Invalid value: failed rule: self.a < self.b']],
  ['its message', { rule: 'self.a < self.b', message: ' too big ' }, { a: 3, b: 2 }, ['spec: Invalid value: too big']],
  ['a message that is computed', { rule: 'self.a < self.b', messageExpression: '"a is " + string(self.a)' }, { a: 3, b: 2 }, ['spec: Invalid value: a is 3']],
  ['a computed message that can not be used', { rule: 'self.a < self.b', messageExpression: '"a\\nb"', message: 'm' }, { a: 3, b: 2 }, ['spec: Invalid value: m']],
  ['reason and place', { rule: 'self.a < self.b', reason: 'FieldValueForbidden', fieldPath: '.a' }, { a: 3, b: 2 }, ['spec.a: Forbidden: failed rule: self.a < self.b']],
  ['a rule that fails', { rule: 'self.a / self.b == 1' }, { a: 3, b: 0 }, ['spec: Invalid value: "object": division by zero evaluating rule: self.a / self.b == 1']],
  ['a missing field', { rule: 'self.a == 1' }, {}, ['spec: Invalid value: "object": no such key: a evaluating rule: self.a == 1']],
  ['oldSelf on creation', { rule: 'self.a == oldSelf.a' }, { a: 3 }, []],
  ['an optional oldSelf on creation', { rule: 'oldSelf.hasValue() || self.a == 1', optionalOldSelf: true }, { a: 3 }, ['spec: Invalid value: failed rule: oldSelf.hasValue() || self.a == 1']],
])('%s', (_name, rule, spec, expected) => {
  expect(outcome(withRule(integers, rule), { spec }).faults).toEqual(expected);
});

test('transition rules see what stood there before', () => {
  const schema = withRule(integers, { rule: 'self.a >= oldSelf.a' });
  expect(outcome(schema, { spec: { a: 1 } }, { spec: { a: 2 } }).faults).toEqual(['spec: Invalid value: failed rule: self.a >= oldSelf.a']);
  expect(outcome(schema, { spec: { a: 1 } }, {}).faults).toEqual([]);
});

test('items of keyed lists are compared by key', () => {
  const schema: SchemaProps = {
    type: 'object', properties: { l: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'], items: {
      type: 'object', required: ['k'], properties: { k: { type: 'string' }, v: { type: 'integer' } }, 'x-kubernetes-validations': [{ rule: 'self.v >= oldSelf.v' }],
    } as never } },
  };
  expect(outcome(schema, { l: [{ k: 'b', v: 1 }, { k: 'a', v: 5 }] }, { l: [{ k: 'a', v: 4 }, { k: 'b', v: 2 }] }).faults).toEqual(['l[0]: Invalid value: failed rule: self.v >= oldSelf.v']);
});

test('a broken rule about something unchanged is a warning', () => {
  const schema = withRule(integers, { rule: 'self.a < 2' });
  expect(outcome(schema, { spec: { a: 3 } }, { spec: { a: 3 } })).toEqual({ faults: [], ratcheted: ['spec: Invalid value: failed rule: self.a < 2'] });
  expect(outcome(schema, { spec: { a: 3, b: 1 } }, { spec: { a: 3 } }).faults).toHaveLength(1);
});

test('sets and keyed lists have no order', () => {
  const schema = withRule({ l: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } as never } }, { rule: 'self.l == oldSelf.l' });
  expect(outcome(schema, { spec: { l: ['a', 'b'] } }, { spec: { l: ['b', 'a'] } }).faults).toEqual([]);
});

test('times, durations and bytes have their types', () => {
  const schema = withRule(
    { t: { type: 'string', format: 'date-time' }, d: { type: 'string', format: 'duration' }, b: { type: 'string', format: 'byte' } },
    { rule: "self.t.getFullYear() == 2020 && self.d == duration('90s') && self.b == b'hi'" },
  );
  expect(outcome(schema, { spec: { t: '2020-02-03T00:00:00Z', d: '1m30s', b: 'aGk=' } }).faults).toEqual([]);
});

test('all rules of an object share one budget', () => {
  const schema = withRule({ l: { type: 'array', items: { type: 'integer' } as never } }, ...Array.from({ length: 30 }, () => ({ rule: 'self.l.all(x, self.l.exists(y, y == x))' })));
  const l = Array.from({ length: 400 }, (_, i) => i);
  expect(outcome(schema, { spec: { l } }).faults.at(-1)).toMatch(/running out of cost budget|call cost exceeds limit/);
});

test.each<[SchemaProps, string, string]>([
  [{ type: 'string' }, 'self.', 'compilation failed: ERROR: <input>:1:6: Syntax error: no viable alternative at input \'.\'\n | self.\n | .....^'],
  [{ type: 'object', properties: { a: { type: 'string' } } }, 'self.b == 1', "compilation failed: ERROR: <input>:1:5: undefined field 'b'\n | self.b == 1\n | ....^"],
  [{ type: 'object', properties: { a: { type: 'string' } } }, 'self.a', 'cel expression must evaluate to a bool'],
])('%j refuses %s', (schema, rule, fault) => {
  const declared = declareType(schema, false, 'selfType');
  if (declared === undefined) throw new Error('no type');
  expect(compileRules({ ...schema, 'x-kubernetes-validations': [{ rule }] }, declared).rules[0]?.fault).toBe(fault);
});

test('costs grow with what the schema allows', () => {
  const cost = (maxItems: number): number => {
    const schema: SchemaProps = { type: 'array', maxItems, items: { type: 'string', maxLength: 10 } as never };
    const declared = declareType(schema, false, 'selfType');
    return declared === undefined ? 0 : compileRules({ ...schema, 'x-kubernetes-validations': [{ rule: 'self.all(x, x.contains("a"))' }] }, declared).rules[0]?.maxCost ?? 0;
  };
  expect(cost(10)).toBe(10 * (2 + 2 + 4) + 2); // an item: condition, two variables, 40 bytes searched; once: the list and the result
  expect(cost(1000)).toBeGreaterThan(90 * cost(10));
});

test.each([['a.b', 'a__dot__b'], ['a-b', 'a__dash__b'], ['a__b', 'a__underscores__b'], ['namespace', '__namespace__'], ['1a', undefined], ['a b', undefined]])('%s is called %s', (name, escaped) => {
  expect(escapeName(name)).toBe(escaped);
});

test.each<[string, string | RegExp]>([
  ['.a', 'a'], [".m['x.y']", 'm[x.y]'], ['.b', /does not refer to a valid field/], ['a', /expected \[ or \. but got: a/], ['.m[0]', /expected single quoted string but got 0/],
])('field path %s', (path, expected) => {
  const schema: SchemaProps = { type: 'object', properties: { a: { type: 'string' }, m: { type: 'object', additionalProperties: { type: 'string' } as never } } };
  if (typeof expected === 'string') expect(findField(path, schema).path).toBe(expected);
  else expect(() => findField(path, schema)).toThrow(expected);
});
