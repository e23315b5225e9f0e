/** Takes as many bytes as are wanted from pieces of any size. Holds no more than that and one piece. */
export class ChunkReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  #isDone = false;

  constructor(source: AsyncIterable<Buffer>) { this.#source = source[Symbol.asyncIterator](); }

  /** Fewer only at the end. */
  async upTo(count: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let missing = count;
    while (missing > 0 && !await this.isAtEnd()) {
      const piece = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(piece.length);
      missing -= piece.length;
      pieces.push(piece);
    }
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  }

  /** What is there, at most `count`: for those who pass it on. Empty at the end. */
  async some(count: number): Promise<Buffer> {
    return await this.isAtEnd() ? this.#rest : this.upTo(Math.min(count, this.#rest.length));
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#rest.length === 0 && !this.#isDone) {
      const { done, value } = await this.#source.next();
      if (done === true) this.#isDone = true; else this.#rest = value;
    }
    return this.#rest.length === 0;
  }

  /** Takes all that is left, so that whoever checks the source at its end gets there. */
  async drain(): Promise<number> {
    let count = 0;
    while (!await this.isAtEnd()) { count += this.#rest.length; this.#rest = Buffer.alloc(0); }
    return count;
  }
}
