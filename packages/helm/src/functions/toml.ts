import { goFloat } from '@kubernode/apimachinery';
import { parse, TomlDate } from 'smol-toml';
import { GoObject, Int, fromPlain, isList, sortedKeys, type GoMap, type Value } from '../values/value.ts';

/** TOML as Helm writes it: plain keys first, then tables; nil has no place in it. */
export function encodeToml(value: Value): string {
  if (!(value instanceof Map)) return scalarText(value);
  const lines: string[] = [];
  writeTable(value, [], lines);
  return lines.map((line) => `${line}\n`).join('');
}

function writeTable(table: GoMap, path: readonly string[], lines: string[]): void {
  const indent = '  '.repeat(Math.max(0, path.length));
  const keys = sortedKeys(table);
  for (const key of keys) {
    const value = table.get(key) ?? null;
    if (value !== null && !isTable(value)) lines.push(`${indent}${keyText(key)} = ${scalarText(value)}`);
  }
  for (const key of keys) {
    const value = table.get(key) ?? null;
    const inner = [...path, keyText(key)];
    for (const [one, head] of tablesOf(value, inner.join('.'))) {
      if (lines.length > 0 && (path.length === 0 || head.startsWith('[['))) lines.push('');
      lines.push(`${indent}${head}`);
      writeTable(one, inner, lines);
    }
  }
}

function isTable(value: Value): boolean {
  return value instanceof Map || (isList(value) && value.length > 0 && value.every((element) => element instanceof Map));
}

function tablesOf(value: Value, path: string): [GoMap, head: string][] {
  if (value instanceof Map) return [[value, `[${path}]`]];
  return isList(value) && isTable(value) ? value.flatMap((element) => (element instanceof Map ? [[element, `[[${path}]]`] as [GoMap, string]] : [])) : [];
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key);
}

function scalarText(value: Value): string {
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Int) return String(value.value);
  if (typeof value === 'number') return floatText(value);
  if (value instanceof Map) return `{${sortedKeys(value).map((key) => `${keyText(key)} = ${scalarText(value.get(key) ?? null)}`).join(', ')}}`;
  if (value instanceof GoObject) return scalarText(value.toPlain());
  return isList(value) ? `[${value.map(scalarText).join(', ')}]` : String(value);
}

function floatText(value: number): string {
  const text = goFloat(value);
  return /[.eIN]/.test(text) ? text.replace('+Inf', 'inf').replace('Inf', 'inf').replace('NaN', 'nan') : `${text}.0`;
}

const NAMED: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '"': '\\"', '\\': '\\\\', '\b': '\\b', '\f': '\\f' };

function quoted(text: string): string {
  // eslint-disable-next-line no-control-regex -- TOML escapes just these
  return `"${text.replace(/[\u0000-\u001f\u007f"\\]/g, (c) => NAMED[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}

/** The value of a TOML text; throws an Error that says what is wrong. */
export function decodeToml(text: string): Value {
  return fromToml(parse(text, { integersAsBigInt: true }));
}

function fromToml(value: unknown): Value {
  if (value instanceof TomlDate) return value.toISOString();
  if (Array.isArray(value)) return value.map(fromToml);
  if (typeof value === 'object' && value !== null) return new Map(Object.entries(value).map(([key, entry]) => [key, fromToml(entry)]));
  return fromPlain(value);
}
