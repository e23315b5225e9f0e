/** Bytes of bodies that a server holds for requests it has not answered: nobody may have been asked yet who sends them. */
export const BODY_BYTES_TOTAL_MAX: number = 128 * 1024 * 1024;

/** What one body, and all of them together, may hold. One for all connections of a server, and one for those of whom it is not known who they are. */
export class BodyBudget {
  readonly eachMax: number;
  readonly #totalMax: number;
  #held = 0;

  constructor({ eachMax, totalMax }: { eachMax: number; totalMax: number }) {
    this.eachMax = eachMax;
    this.#totalMax = totalMax;
  }

  get held(): number { return this.#held; }

  /** False, and nothing is held, when there is no room for so many more. */
  hold(bytes: number): boolean {
    if (this.#held + bytes > this.#totalMax) return false;
    this.#held += bytes;
    return true;
  }

  release(bytes: number): void { this.#held -= bytes; }
}
