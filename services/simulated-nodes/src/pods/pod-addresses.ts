/** Addresses of 10.128.0.0/9 for pods, each pod its own for its life; freed ones are given again after all others. */
export class PodAddresses {
  readonly #byUid = new Map<string, number>();
  readonly #used = new Set<number>();
  #next = 1;

  of(uid: string): string {
    let number = this.#byUid.get(uid);
    if (number === undefined) {
      while (this.#used.has(this.#next)) this.#advance();
      number = this.#next;
      this.#advance();
      this.#byUid.set(uid, number);
      this.#used.add(number);
    }
    return `10.${128 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
  }

  release(uid: string): void {
    const number = this.#byUid.get(uid);
    if (number === undefined) return;
    this.#byUid.delete(uid);
    this.#used.delete(number);
  }

  #advance(): void { this.#next = this.#next === 2 ** 23 - 1 ? 1 : this.#next + 1; }
}
