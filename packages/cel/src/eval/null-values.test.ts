import { compile } from '../compile.ts';
import { noTypes } from '../check/declarations.ts';
import { kubernetesFunctions } from '../library/kubernetes.ts';
import { dynType } from '../types/cel-type.ts';
import { fromJson } from '../values/json.ts';

test.each<[string, boolean]>([
  ['nothing == null', true],
  ["object.a == null && object['a'] == null && has(object.a)", true],
  ['object.?a.hasValue() && object.?a.value() == null', true],
  ['object.list[0] == null', true],
  ['optional.of(nothing).orValue(1) == null', true],
])('null is a value as others are: %s', (text, expected) => {
  const program = compile(text, { variables: new Map([['nothing', dynType], ['object', dynType]]), functions: kubernetesFunctions, types: noTypes });
  const values = new Map([['nothing', null], ['object', fromJson({ a: null, list: [null] })]]);
  expect(program.evaluate({ get: (name) => values.get(name) }, 1_000).result).toBe(expected);
});
