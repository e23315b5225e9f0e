import { errorMessage } from '@kubernode/base';
import type { GoMap } from '../values/value.ts';
import type { Values } from '../values/values.ts';
import { ChartError } from './chart-error.ts';
import { parseValues } from './chart-metadata.ts';
import { setValues, type SetKind } from './set-values.ts';

/** What `-f` and the kinds of `--set` were given, each in their order. */
export interface GivenValues {
  files?: readonly string[];
  set?: readonly string[];
  setString?: readonly string[];
  setFile?: readonly string[];
  setJson?: readonly string[];
  setLiteral?: readonly string[];
  /** The text of a file; `-` is standard input. */
  read(file: string): string;
}

/** The values that a user gives: files, later ones over earlier ones, then JSON, values, strings, files' texts and literals. Throws ChartError. */
export function mergeGivenValues({ files = [], set = [], setString = [], setFile = [], setJson = [], setLiteral = [], read }: GivenValues): Values {
  const values: GoMap = new Map();
  for (const file of files) mergeOver(values, parseValues(read(file), file));
  const kinds: readonly (readonly [flag: string, kind: SetKind, texts: readonly string[]])[] = [['set-json', 'json', setJson], ['set', 'value', set], ['set-string', 'string', setString], ['set-file', 'file', setFile], ['set-literal', 'literal', setLiteral]];
  for (const [flag, kind, texts] of kinds) {
    for (const text of texts) {
      try { setValues(values, text, { kind, read }); } catch (error) { throw new ChartError(`failed parsing --${flag} data: ${errorMessage(error)}`); }
    }
  }
  return values;
}

function mergeOver(target: GoMap, over: GoMap): void {
  for (const [key, value] of over) {
    const known = target.get(key);
    if (value instanceof Map && known instanceof Map) mergeOver(known, value);
    else target.set(key, value);
  }
}
