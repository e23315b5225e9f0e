import { readingCost } from '../cost/units.ts';
import { plain, string, type FunctionEntry } from './define.ts';

/** What expressions that make JSON patches need; only mutating policies have it. */
export const jsonPatch: readonly FunctionEntry[] = [
  ['jsonpatch.escapeKey', [plain('string_jsonpatch_escapeKey_string', [string], string, (text) => text.replaceAll('~', '~0').replaceAll('/', '~1'), ([text]) => readingCost(text))]],
];
