import { readFileSync } from 'node:fs';
import { errorMessage } from '@kubernode/base';

/** A fault of how a command was called: exit status 2, with one sentence that says what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A fault of the host or of a file: exit status 1, with one sentence that says what to do. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

type Kind = 'string' | 'boolean' | 'int' | 'float' | 'list' | 'duration' | 'map';
interface ValueOf { string: string; boolean: boolean; int: number; float: number; list: readonly string[]; duration: number; map: Readonly<Record<string, string>> }

/** One flag. Lists are comma-separated (unless `whole`) and may be given again; durations are Go's (`1m30s`) and become ms; maps are `k=v,k=v`. */
export interface OptionSpec<K extends Kind = Kind> {
  kind: K;
  default?: ValueOf[K];
  help: string;
  /** A list whose values have commas of their own: each time the flag is given adds one. */
  whole?: true;
  /** What the flag means without `=VALUE`; the argument after it is then none of its own. */
  bare?: string;
  /** What stands for the value in help: `FILE`, `ADDRESS`. */
  placeholder?: string;
  /** Accepted for the sake of scripts, left out of help; says why it does nothing. */
  ignored?: string;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** The parsed values by flag name; a flag without default may be undefined. */
export type Options<T extends OptionTable> = { readonly [F in keyof T]: T[F] extends { default: unknown } ? ValueOf[T[F]['kind']] : ValueOf[T[F]['kind']] | undefined };

export interface ParsedArguments<T extends OptionTable> { options: Options<T>; positionals: readonly string[] }

/** For the declaration of a table: keeps each flag's kind and whether it has a default. */
export function optionTable<const T extends OptionTable>(table: T): T { return table; }

/**
 * Parses `--flag value`, `--flag=value`, `--flag` and `--no-flag` (booleans), `-v=2`; `--` ends flags. Later ones win, lists add up.
 * Throws UsageError for an unknown flag (naming the nearest known one), a missing or a malformed value.
 */
export function parseOptions<const T extends OptionTable>(table: T, args: readonly string[]): ParsedArguments<T> {
  const values = new Map<string, unknown>();
  const positionals: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--') { positionals.push(...args.slice(i + 1)); break; }
    if (!arg.startsWith('-') || arg === '-') { positionals.push(arg); continue; }
    const { flag, spec, text } = lookUp(table, arg);
    if (spec.kind === 'boolean') { values.set(flag, parseBoolean(flag, text)); continue; }
    const given = text ?? spec.bare ?? args[++i];
    if (given === undefined) throw new UsageError(`flag needs an argument: --${flag}`);
    values.set(flag, spec.whole === true ? [...((values.get(flag) as readonly string[] | undefined) ?? []), given] : parseValue(flag, spec.kind, given, values.get(flag))); // same flag, same kind
  }
  const options = Object.fromEntries(Object.entries(table).map(([flag, spec]) => [flag, values.get(flag) ?? spec.default]));
  return { options: Object.freeze(options) as Options<T>, positionals }; // built from the same table
}

function lookUp(table: OptionTable, arg: string): { flag: string; spec: OptionSpec; text: string | undefined } {
  const [, name = '', text] = /^--?([^=]*)(?:=([\s\S]*))?$/.exec(arg) ?? [];
  const spec = Object.hasOwn(table, name) ? table[name] : undefined;
  if (spec) return { flag: name, spec, text };
  const positive = name.startsWith('no-') ? name.slice(3) : undefined;
  const negated = positive !== undefined && Object.hasOwn(table, positive) ? table[positive] : undefined;
  if (positive !== undefined && negated?.kind === 'boolean' && text === undefined) return { flag: positive, spec: negated, text: 'false' };
  const nearest = nearestName(name, Object.keys(table));
  throw new UsageError(`unknown flag: --${name}${nearest === undefined ? '' : ` (did you mean --${nearest}?)`}`);
}

function parseBoolean(flag: string, text: string | undefined): boolean {
  if (text === undefined || ['true', '1', 't', 'T', 'TRUE', 'True'].includes(text)) return true;
  if (['false', '0', 'f', 'F', 'FALSE', 'False'].includes(text)) return false;
  throw new UsageError(`invalid value "${text}" for --${flag}: want true or false`);
}

function parseValue(flag: string, kind: Exclude<Kind, 'boolean'>, text: string, before: unknown): unknown {
  switch (kind) {
    case 'string': return text;
    case 'int':
      if (!/^[+-]?\d+$/.test(text)) throw new UsageError(`invalid value "${text}" for --${flag}: want a whole number`);
      return Number(text);
    case 'float':
      if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new UsageError(`invalid value "${text}" for --${flag}: want a number`);
      return Number(text);
    case 'duration': {
      const ms = parseDuration(text);
      if (ms === undefined) throw new UsageError(`invalid value "${text}" for --${flag}: want a duration such as 1m30s or 500ms`);
      return ms;
    }
    case 'list': return [...((before as readonly string[] | undefined) ?? []), ...text.split(',').filter((one) => one !== '')]; // same flag, same kind
    case 'map': return { ...(before as Record<string, string> | undefined), ...parseMap(flag, text) }; // same flag, same kind
  }
}

function parseMap(flag: string, text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').filter((one) => one !== '').map((pair) => {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new UsageError(`invalid value "${pair}" for --${flag}: want key=value`);
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  }));
}

const UNIT_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Go's duration text (`1h15m`, `1.5s`, `0`) in ms; undefined when malformed. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const [, sign, rest = ''] = /^([+-]?)((?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+)$/.exec(text) ?? [];
  if (rest === '') return undefined;
  let ms = 0;
  for (const [, amount, unit = ''] of rest.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) ms += Number(amount) * (UNIT_MS[unit] ?? 0);
  return sign === '-' ? -ms : ms;
}

/** The known name at the smallest edit distance, if it is near enough to be meant. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) { best = candidate; bestDistance = distance; }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The help text of a table, one flag a line. */
export function describeOptions(table: OptionTable): string {
  const rows = Object.entries(table).filter(([, spec]) => spec.ignored === undefined).map(([flag, spec]) => {
    const placeholder = spec.placeholder ?? spec.kind.toUpperCase();
    const value = spec.kind === 'boolean' ? '' : spec.bare === undefined ? ` ${placeholder}` : `[=${placeholder}]`;
    const shown = showDefault(spec);
    return [`  --${flag}${value}`, shown === '' ? spec.help : `${spec.help} (default ${shown})`] as const;
  });
  const width = Math.min(44, Math.max(0, ...rows.map(([head]) => head.length)) + 2);
  return rows.map(([head, help]) => (head.length < width ? `${head.padEnd(width)}${help}` : `${head}\n${' '.repeat(width)}${help}`)).join('\n');
}

/** '' where a default says nothing: none, false, or empty. */
function showDefault(spec: OptionSpec): string {
  if (spec.default === undefined || spec.default === false) return '';
  if (spec.kind === 'duration') return `${Number(spec.default) / 1000}s`;
  if (spec.kind === 'map') return Object.entries(spec.default as Record<string, string>).map(([k, v]) => `${k}=${v}`).join(','); // a map flag's default is a map
  return String(spec.default);
}

/** The text of a file that a flag names; UserError with the flag's name when it cannot be read. */
export function readFlagFile(flag: string, file: string): string {
  try { return readFileSync(file, 'utf8'); } catch (error) { throw new UserError(`--${flag}: cannot read ${file}: ${errorMessage(error)}`); }
}
