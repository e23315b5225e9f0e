const COUNT = 2 ** 23;

/** Addresses of 10.128.0.0/9 for pods, each pod its own for its life; freed ones are given again after all others. */
export class PodAddresses {
  readonly #byUid = new Map<string, number>();
  readonly #used = new Set<number>();
  #next: number;

  /** Processes that share a cluster begin at different places. */
  constructor(first = 1) { this.#next = first; }

  of(uid: string): string {
    let number = this.#byUid.get(uid);
    if (number === undefined) {
      while (this.#used.has(this.#next)) this.#advance();
      number = this.#next;
      this.#advance();
      this.#take(uid, number);
    }
    return `10.${128 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
  }

  /** The address that a pod already has, from before a restart. */
  keep(uid: string, address: string): void {
    const [first = 0, second = 0, third = 0, fourth = 0] = address.split('.').map(Number);
    if (first === 10 && second >= 128 && !this.#byUid.has(uid)) this.#take(uid, ((second - 128) << 16) | (third << 8) | fourth);
  }

  release(uid: string): void {
    const number = this.#byUid.get(uid);
    if (number === undefined) return;
    this.#byUid.delete(uid);
    this.#used.delete(number);
  }

  #take(uid: string, number: number): void {
    this.#byUid.set(uid, number);
    this.#used.add(number);
  }

  #advance(): void { this.#next = this.#next === COUNT - 1 ? 1 : this.#next + 1; }
}
