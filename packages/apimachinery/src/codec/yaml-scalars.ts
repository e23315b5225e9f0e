/**
 * Which plain YAML scalars are no strings: YAML 1.1 as Kubernetes' parser has it. `yes` and `on` are true, `010` is eight, dates
 * stay strings.
 */
const BOOLEANS: Readonly<Record<string, boolean>> = Object.fromEntries([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
]);
const NULLS: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL']);
const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** The value of a plain scalar. */
export function resolvePlain(text: string): string | number | boolean | null {
  if (NULLS.has(text)) return null;
  const boolean = Object.hasOwn(BOOLEANS, text) ? BOOLEANS[text] : undefined;
  if (boolean !== undefined) return boolean;
  const bare = text.replaceAll('_', '');
  if (!/^[-+.]?[0-9]/.test(bare) || text.startsWith('_')) return text;
  if (INTEGER.test(bare)) return integer(bare);
  return FLOAT.test(bare) ? Number(bare) : text;
}

function integer(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace(/^[-+]/, '');
  return sign * (/^0[0-7]/.test(digits) ? parseInt(digits, 8) : Number(digits));
}

const TIMESTAMP = /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2})| [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?)?$/;

/** Whether a string may stand plain without becoming something else. */
export function staysString(text: string): boolean {
  return typeof resolvePlain(text) === 'string' && !SEXAGESIMAL.test(text) && !TIMESTAMP.test(text) && !/^[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)$/.test(text);
}
