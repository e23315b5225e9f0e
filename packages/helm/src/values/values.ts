import { fromPlain, type Value } from './value.ts';

/** What a chart is configured with. Numbers of YAML and JSON are floats; `Int` comes from --set. */
export type Values = ReadonlyMap<string, Value>;

/** Values from plain data: objects, lists, strings, numbers, booleans, null; bigints are Go's int64. */
export function valuesFrom(plain: Readonly<Record<string, unknown>>): Values {
  return new Map(Object.entries(plain).filter(([, value]) => value !== undefined).map(([key, value]) => [key, fromPlain(value)]));
}
