import { createHash } from 'node:crypto';
import { decodeJson, decodeYaml, DecodeError, encodeYaml } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { fromBytes, toBytes } from '../values/byte-string.ts';
import { encodeJson } from '../values/encode-json.ts';
import { fromPlain, isList, toPlain, type GoMap, type Value } from '../values/value.ts';
import { define, type FunctionTable } from '../template/go-function.ts';
import { FunctionError } from '../template/template-error.ts';
import { base32, fromBase32 } from './base32.ts';
import { decodeToml, encodeToml } from './toml.ts';

export const encodingFunctions: FunctionTable = {
  toYaml: define(['any'], yamlOf),
  toYamlPretty: define(['any'], (value) => indentLists(yamlOf(value))),
  fromYaml: define(['string'], (text) => mapFrom(text, parseYaml)),
  fromYamlArray: define(['string'], (text) => listFrom(text, parseYaml)),
  toJson: define(['any'], (value) => encodeJson(value) ?? ''),
  mustToJson: define(['any'], (value) => encodeJson(value) ?? refuseNumber()),
  toPrettyJson: define(['any'], (value) => encodeJson(value, { pretty: true }) ?? ''),
  mustToPrettyJson: define(['any'], (value) => encodeJson(value, { pretty: true }) ?? refuseNumber()),
  toRawJson: define(['any'], (value) => encodeJson(value, { raw: true }) ?? refuseNumber()),
  mustToRawJson: define(['any'], (value) => encodeJson(value, { raw: true }) ?? refuseNumber()),
  fromJson: define(['string'], (text) => mapFrom(text, parseJson)),
  fromJsonArray: define(['string'], (text) => listFrom(text, parseJson)),
  mustFromJson: define(['string'], (text) => {
    try { return parseJson(text); } catch (error) { throw new FunctionError(errorMessage(error)); }
  }),
  toToml: define(['any'], encodeToml),
  fromToml: define(['string'], (text) => mapFrom(text, decodeToml)),
  b64enc: define(['string'], (text) => toBytes(text).toString('base64')),
  b64dec: define(['string'], (text) => {
    const bare = text.replace(/[\r\n]/g, '');
    const fault = base64Fault(bare);
    return fault === undefined ? fromBytes(Buffer.from(bare, 'base64')) : `illegal base64 data at input byte ${fault}`;
  }),
  b32enc: define(['string'], (text) => base32(toBytes(text))),
  b32dec: define(['string'], (text) => {
    const bytes = fromBase32(text.replace(/[\r\n]/g, ''));
    return typeof bytes === 'number' ? `illegal base32 data at input byte ${bytes}` : fromBytes(bytes);
  }),
  sha1sum: digest('sha1'), sha256sum: digest('sha256'), sha512sum: digest('sha512'),
  adler32sum: define(['string'], (text) => String(adler32(toBytes(text)))),
};

/** YAML as Helm writes it, without the last line's end. */
export function yamlOf(value: Value): string {
  return encodeYaml(toPlain(value)).replace(/\n$/, '');
}

function digest(algorithm: string): ReturnType<typeof define> {
  return define(['string'], (text) => createHash(algorithm).update(toBytes(text)).digest('hex'));
}

function refuseNumber(): never { throw new FunctionError('json: unsupported value: NaN or infinite'); }

/** Lists one level deeper than their keys, as the newer writer has them. */
function indentLists(yaml: string): string {
  const lines = yaml.split('\n');
  const out: string[] = [];
  const open: { indent: number; extra: number }[] = [];
  for (const [i, line] of lines.entries()) {
    const indent = line.search(/\S/);
    if (indent >= 0) while (open.length > 0 && (indent < (open.at(-1)?.indent ?? 0) || (indent === open.at(-1)?.indent && !line.slice(indent).startsWith('-')))) open.pop();
    out.push(line === '' ? line : ' '.repeat(open.reduce((sum, { extra }) => sum + extra, 0)) + line);
    const next = lines[i + 1];
    const nextIndent = next?.search(/\S/) ?? -1;
    if (/:$/.test(line) && next !== undefined && next.slice(nextIndent).startsWith('- ') && nextIndent === keyColumn(line)) open.push({ indent: nextIndent, extra: 2 });
  }
  return out.join('\n');
}

/** The column of the innermost key of a line like `- - a:`. */
function keyColumn(line: string): number {
  return /^\s*(?:- )*/.exec(line)?.[0].length ?? 0;
}

function parseYaml(text: string): Value {
  try { return fromPlain(decodeYaml(text).value); } catch (error) {
    if (error instanceof DecodeError) throw new DecodeError(`error converting YAML to JSON: ${error.message}`);
    throw error;
  }
}

function parseJson(text: string): Value {
  return fromPlain(decodeJson(toBytes(text)).value);
}

/** What stands for a text that is no map is a map that says so. */
function mapFrom(text: string, parse: (text: string) => Value): GoMap {
  const fault = (message: string): GoMap => new Map([['Error', message]]);
  try {
    const value = parse(text);
    if (value === null || value instanceof Map) return value ?? new Map();
    return fault(`${parse === parseYaml ? 'error unmarshaling JSON: while decoding JSON: ' : ''}json: cannot unmarshal ${jsonType(value)} into Go value of type map[string]interface {}`);
  } catch (error) { return fault(errorMessage(error)); }
}

function listFrom(text: string, parse: (text: string) => Value): Value {
  try {
    const value = parse(text);
    if (value === null || isList(value)) return value ?? [];
    return [`${parse === parseYaml ? 'error unmarshaling JSON: while decoding JSON: ' : ''}json: cannot unmarshal ${jsonType(value)} into Go value of type []interface {}`];
  } catch (error) { return [errorMessage(error)]; }
}

function jsonType(value: Value): string {
  if (value instanceof Map) return 'object';
  return isList(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Where a text stops being base64; undefined: it is. */
function base64Fault(text: string): number | undefined {
  const valid = /^[A-Za-z0-9+/]*/.exec(text)?.[0].length ?? 0;
  const padding = text.slice(valid);
  if (text.length % 4 === 0 && (padding === '' || (padding === '=' && valid % 4 === 3) || (padding === '==' && valid % 4 === 2))) return undefined;
  if (padding === '') return text.length - (text.length % 4);
  return padding.startsWith('=') && valid % 4 >= 2 ? Math.min(text.length, valid + 1) : valid;
}

function adler32(bytes: Buffer): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) { a = (a + byte) % 65521; b = (b + a) % 65521; }
  return b * 65536 + a;
}
