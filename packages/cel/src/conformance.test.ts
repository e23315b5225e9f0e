import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Json } from '@kubernode/apimachinery';
import {
  boolType, bytesType, CelCompileError, CelError, compile, doubleType, dynType, formatType, fromJson, intType, kubernetesFunctions, listType, mapType, noTypes, stringType, Uint, uintType,
  type CelType, type CompiledExpression, type Result,
} from './index.ts';

/** What cel-go with Kubernetes' library answered. */
interface Recorded {
  expression: string;
  variables?: Record<string, string>;
  values?: Record<string, Json>;
  fault?: string;
  type?: string;
  estimate?: [min: string, max: string];
  error?: string;
  result?: string | boolean;
}

const TYPES: Readonly<Record<string, CelType>> = {
  int: intType, string: stringType, bool: boolType, double: doubleType, uint: uintType, bytes: bytesType, dyn: dynType,
  'list(string)': listType(stringType), 'list(int)': listType(intType), 'map(string,string)': mapType(stringType, stringType),
};

const recorded = JSON.parse(readFileSync(path.join(import.meta.dirname, 'conformance.fixture.json'), 'utf8')) as Recorded[]; // recorded in this shape
const accepted = recorded.filter(({ fault }) => fault === undefined);

test.each(recorded.filter(({ fault }) => fault !== undefined))('refuses $expression', ({ expression, variables, fault }) => {
  expect(() => compiled(expression, variables)).toThrow(new CelCompileError(fault));
});

test.each(accepted)('types $expression', ({ expression, variables, type }) => {
  expect(formatType(compiled(expression, variables).resultType)).toBe(type);
});

test.each(accepted)('estimates $expression', ({ expression, variables, estimate: [min, max] = ['', ''] }) => {
  const estimate = compiled(expression, variables).estimate(() => undefined);
  expect([estimate.min, estimate.max]).toEqual([Number(min), Number(max)]);
});

test.each(accepted)('evaluates $expression', ({ expression, variables, values = {}, error, result }) => {
  const program = compiled(expression, variables);
  const { result: got } = program.evaluate({ get: (name) => (name in values ? fromJson(values[name] ?? null) : undefined) }, 10_000_000);
  if (error !== undefined) expect(got).toEqual(new CelError(error));
  else if (typeof result === 'boolean' || result?.includes(':') === true) expect(shown(got)).toBe(result);
  else expect(got).not.toBeInstanceOf(CelError);
});

function compiled(expression: string, variables: Record<string, string> = {}): CompiledExpression {
  return compile(expression, { variables: new Map(Object.entries(variables).map(([name, type]) => [name, TYPES[type] ?? dynType])), functions: kubernetesFunctions, types: noTypes });
}

function shown(value: Result): string | boolean | undefined {
  if (typeof value === 'bigint') return `int:${value}`;
  if (value instanceof Uint) return `uint:${value.value}`;
  if (typeof value === 'number') return `double:${value}`;
  return typeof value === 'string' ? `string:${value}` : typeof value === 'boolean' ? value : undefined;
}
