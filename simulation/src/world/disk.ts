import type { Rng } from '@kubernode/base';
import type { VirtualTime } from './virtual-time.ts';

/** What etcd waits for before it does a write. */
export class Disk {
  readonly #time: VirtualTime;
  readonly #rng: Rng;
  /** How long a write takes at most, ms. */
  slowestMs = 0;

  constructor(time: VirtualTime, rng: Rng) {
    this.#time = time;
    this.#rng = rng;
  }

  async sync(): Promise<void> { if (this.slowestMs > 0) await this.#time.sleep(this.#rng.next() * this.slowestMs); }
}
