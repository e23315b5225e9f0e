import { ReverseWriter } from '@kubernode/rpc';

/** What is measured, and in what: `cpu` in `nanoseconds`. */
export interface ValueType { readonly type: string; readonly unit: string }

/** A function, and the line where it begins; 0 where it has none. */
export interface Frame { readonly name: string; readonly file: string; readonly line: number }

/** What was measured on one stack, a value for each of the profile's types. */
export interface ProfileSample { readonly stack: readonly Frame[]; /** Of `stack` the innermost function comes first. */ readonly values: readonly number[] }

/** A profile as pprof understands it. */
export interface Profile {
  readonly sampleTypes: readonly ValueType[];
  readonly periodType: ValueType;
  readonly period: number;
  /** ms since 1970; when it was begun. */
  readonly startedAtMs: number;
  /** 0 for one of a moment. */
  readonly durationMs: number;
  readonly samples: readonly ProfileSample[];
}

const NS_PER_MS = 1_000_000n;
/** What viewers show for the program. */
const PROGRAM = 'kubernode';
const MAPPING_ID = 1;

/** pprof's `Profile` message (profile.proto of github.com/google/pprof), not compressed. Fields are written in reverse, as the writer wants them. Pure. */
export function encodeProfile({ sampleTypes, periodType, period, startedAtMs, durationMs, samples }: Profile): Buffer {
  const strings = new Numbered<string>(0);
  strings.of('', ''); // by the format's rule
  const places = new Places(strings);
  const stacks = samples.map(({ stack }) => stack.map((frame) => places.of(frame)));
  const types = [...sampleTypes, periodType].map(({ type, unit }) => [strings.of(type, type), strings.of(unit, unit)] as const);
  const writer = new ReverseWriter();
  const writeType = (field: number, [type, unit]: readonly [number, number] = [0, 0]): void => { writer.message(field, () => { writer.int(2, unit).int(1, type); }); };
  const program = strings.of(PROGRAM, PROGRAM);
  writer.int(12, period);
  writeType(11, types.at(-1));
  writer.int(10, nanoseconds(durationMs)).int(9, nanoseconds(startedAtMs));
  for (const text of strings.all.toReversed()) if (text === '') writer.message(6, () => undefined); else writer.string(6, text);
  places.write(writer);
  writer.message(3, () => { writer.bool(9, true).bool(8, true).bool(7, true).int(5, program).int(1, MAPPING_ID); });
  for (const [index, { values }] of [...samples.entries()].toReversed()) {
    writer.message(2, () => {
      for (const value of values.toReversed()) writer.varint(2, value);
      for (const id of (stacks[index] ?? []).toReversed()) writer.varint(1, id);
    });
  }
  for (const type of types.slice(0, -1).toReversed()) writeType(1, type);
  return writer.finish();
}

/** Gives each thing a number when it is first asked for. */
class Numbered<T> {
  readonly #numbers = new Map<string, number>();
  readonly all: T[] = [];
  readonly #first: number;

  constructor(first: number) { this.#first = first; }

  of(key: string, thing: T): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#first + this.all.length;
    this.#numbers.set(key, number);
    this.all.push(thing);
    return number;
  }
}

interface NumberedFrame { readonly name: number; readonly file: number; readonly line: number }

/** The functions that stacks consist of; here a function has one location, of the same number. */
class Places {
  readonly #strings: Numbered<string>;
  readonly #frames = new Numbered<NumberedFrame>(1); // 0 means none

  constructor(strings: Numbered<string>) { this.#strings = strings; }

  of({ name, file, line }: Frame): number {
    return this.#frames.of(`${line} ${file} ${name}`, { name: this.#strings.of(name, name), file: this.#strings.of(file, file), line });
  }

  write(writer: ReverseWriter): void {
    const numbered = [...this.#frames.all.entries()].toReversed();
    for (const [index, { name, file, line }] of numbered) writer.message(5, () => { writer.int(5, line).int(4, file).int(3, name).int(2, name).int(1, index + 1); });
    for (const [index, { line }] of numbered) writer.message(4, () => { writer.message(4, () => { writer.int(2, line).int(1, index + 1); }).int(2, MAPPING_ID).int(1, index + 1); });
  }
}

function nanoseconds(ms: number): bigint { return BigInt(Math.round(ms)) * NS_PER_MS; }
