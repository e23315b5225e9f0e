import { aggregateError } from './aggregate-error.ts';
import type { OpenedValue, ValueTransformer } from './value-transformer.ts';

/** A transformer for values that begin with `prefix`; it sees them without. */
export interface PrefixedTransformer { prefix: string; transformer: ValueTransformer }

export type Direction = 'from_storage' | 'to_storage';

/** Told of every transformation that ended; `error` undefined when it succeeded. */
export type ObserveTransformation = (direction: Direction, prefix: string, startedMs: number, error: unknown) => void;

export interface PrefixTransformerOptions {
  /** The first writes, all read. Several may have the same prefix, with different keys: each is tried. */
  candidates: readonly PrefixedTransformer[];
  /** What is said of a value that no candidate is for. */
  noMatch: string;
  monotonicNow: () => number;
  observe: ObserveTransformation;
}

interface Candidate { prefix: string; bytes: Buffer; transformer: ValueTransformer; isWriter: boolean }

/** Chooses by what the value begins with. What was not written by the first candidate is stale. */
export class PrefixTransformer implements ValueTransformer {
  readonly #options: PrefixTransformerOptions;
  readonly #candidates: readonly Candidate[];

  constructor(options: PrefixTransformerOptions) {
    this.#options = options;
    this.#candidates = options.candidates.map(({ prefix, transformer }, index) => ({ prefix, bytes: Buffer.from(prefix), transformer, isWriter: index === 0 }));
  }

  fromStorage(stored: Buffer, etcdKey: string): OpenedValue | Promise<OpenedValue> {
    return this.#tryFrom({ stored, etcdKey, startedMs: this.#options.monotonicNow(), errors: [] }, 0);
  }

  toStorage(bytes: Buffer, etcdKey: string): Buffer {
    const startedMs = this.#options.monotonicNow();
    const [writer] = this.#candidates;
    if (writer === undefined) throw new Error(this.#options.noMatch);
    let sealed: Buffer;
    try { sealed = writer.transformer.toStorage(bytes, etcdKey); } catch (error) {
      this.#options.observe('to_storage', writer.prefix, startedMs, error);
      throw error;
    }
    this.#options.observe('to_storage', writer.prefix, startedMs, undefined);
    return writer.bytes.length === 0 ? sealed : Buffer.concat([writer.bytes, sealed]);
  }

  /** The candidates from `index` on. A failure of one does not keep a later one from being tried. */
  #tryFrom(attempt: Attempt, index: number): OpenedValue | Promise<OpenedValue> {
    for (let at = index; at < this.#candidates.length; at++) {
      const candidate = this.#candidates[at] as Candidate; // within bounds
      const { prefix, bytes: { length } } = candidate;
      if (!attempt.stored.subarray(0, length).equals(candidate.bytes)) continue;
      try {
        const opened = candidate.transformer.fromStorage(attempt.stored.subarray(length), attempt.etcdKey);
        if (opened instanceof Promise) return opened.then((value) => this.#succeeded(attempt, candidate, value), (error: unknown) => { this.#failed(attempt, prefix, error); return this.#tryFrom(attempt, at + 1); });
        return this.#succeeded(attempt, candidate, opened);
      } catch (error) { this.#failed(attempt, prefix, error); }
    }
    throw this.#refusal(attempt);
  }

  #succeeded(attempt: Attempt, { prefix, isWriter }: Candidate, { bytes, isStale }: OpenedValue): OpenedValue {
    this.#options.observe('from_storage', prefix === '' ? 'identity' : prefix, attempt.startedMs, undefined);
    return { bytes, isStale: isStale || !isWriter };
  }

  #failed(attempt: Attempt, prefix: string, error: unknown): void {
    if (prefix === '') return; // identity is for every value; that it refuses an encrypted one is no fault
    this.#options.observe('from_storage', prefix, attempt.startedMs, error);
    attempt.errors.push(error);
  }

  #refusal({ startedMs, errors }: Attempt): unknown {
    if (errors.length > 0) return aggregateError(errors);
    const error = new Error(this.#options.noMatch);
    this.#options.observe('from_storage', 'unknown', startedMs, error);
    return error;
  }
}

interface Attempt { stored: Buffer; etcdKey: string; startedMs: number; errors: unknown[] }
