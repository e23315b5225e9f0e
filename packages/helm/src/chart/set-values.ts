import { goQuote } from '@kubernode/apimachinery';
import { fromPlain, Int, isList, type GoMap, type Value } from '../values/value.ts';
import { ChartError } from './chart-error.ts';

/** `value`: words and numbers get their types. `string`: all is text. `file`: `read` gives the text. `json`: JSON. `literal`: one text to the end. */
export type SetKind = 'value' | 'string' | 'file' | 'json' | 'literal';

export interface SetOptions {
  kind: SetKind;
  /** The text of a file. */
  read?(name: string): string;
}

const INDEX_MAX = 65_536;
const NESTING_MAX = 30;

/** Changes `values` by a text such as `a.b=1,c[0].d={x,y}`. Throws ChartError. */
export function setValues(values: GoMap, text: string, options: SetOptions): void {
  const parser = new SetParser(text, options);
  while (parser.key(values, 0)) { /* one assignment after the other */ }
}

interface Word { text: string; /** What it stopped at; undefined: the end. */ stop: string | undefined }

/** Reads one text from its start to its end. */
class SetParser {
  readonly #characters: string[];
  readonly #options: SetOptions;
  #at = 0;

  constructor(text: string, options: SetOptions) {
    this.#characters = Array.from(text);
    this.#options = options;
  }

  /** One assignment below `map`; false at the end. */
  key(map: GoMap, depth: number): boolean {
    const { text, stop } = this.#until(this.#options.kind === 'literal' ? '=[.' : '=[,.');
    switch (stop) {
      case undefined:
        if (text === '') return false;
        throw new ChartError(`key ${goQuote(text)} has no value`);
      case '[': {
        const list = map.get(text) ?? [];
        if (!isList(list)) throw new ChartError(`unable to parse key: ${goQuote(text)} is no list`);
        put(map, text, this.#element([...list], this.#index(), depth));
        return true;
      }
      case '=': put(map, text, this.#value()); return true;
      case ',': put(map, text, ''); throw new ChartError(`key ${goQuote(text)} has no value (cannot end with ,)`);
      default: {
        if (depth + 1 > NESTING_MAX) throw new ChartError(`value name nested level is greater than maximum supported nested level of ${NESTING_MAX}`);
        const inner = map.get(text) ?? new Map<string, Value>();
        if (!(inner instanceof Map)) throw new ChartError(`unable to parse key: ${goQuote(text)} is no map`);
        const more = this.key(inner, depth + 1);
        if (more && inner.size === 0) throw new ChartError(`key map ${goQuote(text)} has no value`);
        if (inner.size > 0) put(map, text, inner);
        return more;
      }
    }
  }

  #element(list: Value[], index: number, depth: number): Value {
    const { text, stop } = this.#until('[.=');
    if (text !== '') throw new ChartError(`unexpected data at end of array index: ${goQuote(text)}`);
    const known = list[index] ?? null;
    while (list.length <= index) list.push(null);
    if (stop === '=') { list[index] = this.#value(); return list; }
    if (stop === '[') { list[index] = this.#element(isList(known) ? [...known] : [], this.#index(), depth); return list; }
    if (stop === undefined) throw new ChartError('unexpected end after array index');
    const inner = known instanceof Map ? known : new Map<string, Value>();
    this.key(inner, depth);
    list[index] = inner;
    return list;
  }

  #index(): number {
    const { text, stop } = this.#until(']');
    if (stop === undefined || !/^[-+]?\d+$/.test(text)) throw new ChartError(`error parsing index: ${goQuote(text)} is no number`);
    const index = Number(text);
    if (index < 0) throw new ChartError(`negative ${index} index not allowed`);
    if (index > INDEX_MAX) throw new ChartError(`index of ${index} is greater than maximum supported index of ${INDEX_MAX}`);
    return index;
  }

  #value(): Value {
    if (this.#options.kind === 'json') return this.#json();
    if (this.#options.kind === 'literal') { const rest = this.#characters.slice(this.#at).join(''); this.#at = this.#characters.length; return rest; }
    if (this.#characters[this.#at] !== '{') return this.#typed(this.#until(',').text);
    this.#at++;
    const list: Value[] = [];
    for (;;) {
      const { text, stop } = this.#until(',}');
      if (stop === undefined) throw new ChartError("list must terminate with '}'");
      list.push(this.#typed(text));
      if (stop === ',') continue;
      if (this.#characters[this.#at] === ',') this.#at++;
      return list;
    }
  }

  #typed(text: string): Value {
    if (this.#options.kind === 'file') return this.#options.read?.(text) ?? text;
    if (this.#options.kind === 'string') return text;
    const lower = text.toLowerCase();
    if (lower === 'true' || lower === 'false') return lower === 'true';
    if (lower === 'null') return null;
    const isInt = text === '0' || (!text.startsWith('0') && /^[-+]?\d+$/.test(text) && BigInt(text.replace('+', '')) === BigInt.asIntN(64, BigInt(text.replace('+', ''))));
    return isInt ? new Int(BigInt(text.replace('+', '')), 'int64') : text;
  }

  /** The JSON value that comes next; it ends where the shortest text parses that a comma or the end follows. */
  #json(): Value {
    const rest = this.#characters.slice(this.#at).join('');
    if (/^\s*(?:,|$)/.test(rest)) { this.#skipComma(rest); return null; }
    for (let end = rest.indexOf(','); ; end = rest.indexOf(',', end + 1)) {
      const candidate = end === -1 ? rest : rest.slice(0, end);
      try {
        const value = fromPlain(JSON.parse(candidate) as unknown);
        this.#at += Array.from(candidate).length;
        this.#skipComma(rest.slice(candidate.length));
        return value;
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        if (end === -1) throw new ChartError(`${goQuote(rest)} is no JSON: ${error.message}`);
      }
    }
  }

  #skipComma(rest: string): void { this.#at += Array.from(/^\s*,?/.exec(rest)?.[0] ?? '').length; }

  /** Text up to one of the stops; a backslash takes what follows as it is. */
  #until(stops: string): Word {
    let text = '';
    while (this.#at < this.#characters.length) {
      const c = this.#characters[this.#at++] ?? '';
      if (stops.includes(c)) return { text, stop: c };
      if (c === '\\' && this.#options.kind !== 'literal') {
        if (this.#at === this.#characters.length) return { text, stop: undefined };
        text += this.#characters[this.#at++] ?? '';
      } else text += c;
    }
    return { text, stop: undefined };
  }
}

function put(map: GoMap, key: string, value: Value): void { if (key !== '') map.set(key, value); }
