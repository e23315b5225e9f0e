import type { BodyBudget } from './body-budget.ts';

/** Why a body is not taken. */
export type BodyFault = 'tooLarge' | 'noRoom';

const NOTHING: Buffer = Buffer.alloc(0);
/** The first buffer of a body that comes in pieces. */
const FIRST_BYTES = 8 * 1024;

/**
 * A body as far as it has arrived, copied into one buffer that grows: pieces would each hold on to what they came in, so that a client
 * who sends single bytes could fill the memory with a small body. A body of one piece is held as it came.
 */
export class ArrivingBody {
  readonly #budget: BodyBudget;
  #buffer: Buffer = NOTHING;
  #length = 0;
  /** Of the budget. */
  #held = 0;

  constructor(budget: BodyBudget) { this.#budget = budget; }

  get length(): number { return this.#length; }

  /** Takes what has arrived, or says why not; it is for the caller to release the body then. */
  add(piece: Buffer, isLast: boolean): BodyFault | undefined {
    const length = this.#length + piece.length;
    if (length > this.#budget.eachMax) return 'tooLarge';
    if (this.#length === 0 && isLast) {
      if (!this.#hold(length)) return 'noRoom';
      this.#buffer = piece;
    } else {
      if (length > this.#buffer.length && !this.#grow(length)) return 'noRoom';
      piece.copy(this.#buffer, this.#length);
    }
    this.#length = length;
    return undefined;
  }

  /** The body, once. It counts as held until `release`. */
  take(): Buffer {
    const body = this.#buffer.length === this.#length ? this.#buffer : this.#buffer.subarray(0, this.#length);
    this.#buffer = NOTHING;
    return body;
  }

  release(): void {
    this.#buffer = NOTHING;
    this.#budget.release(this.#held);
    this.#held = 0;
  }

  #grow(length: number): boolean {
    const capacity = Math.min(Math.max(FIRST_BYTES, 2 * this.#buffer.length, length), this.#budget.eachMax);
    if (!this.#hold(capacity)) return false;
    const larger = Buffer.allocUnsafeSlow(capacity);
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
    return true;
  }

  #hold(capacity: number): boolean {
    if (!this.#budget.hold(capacity - this.#held)) return false;
    this.#held = capacity;
    return true;
  }
}
