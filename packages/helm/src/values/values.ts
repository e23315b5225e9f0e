import type { Value } from './value.ts';

/** What a chart is configured with. Numbers of YAML and JSON are floats; `Int` comes from --set. */
export type Values = ReadonlyMap<string, Value>;
