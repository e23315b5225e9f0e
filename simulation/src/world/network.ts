import type { Rng } from '@kubernode/base';
import type { VirtualTime } from './virtual-time.ts';

/** Why something did not get through. `late`: nobody answered for a while, so it may have arrived. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

export const USUAL_LATENCY_MS = 0.5;
/** A sender gives up after this long without a sign of the other end, ms. */
const GIVE_UP_MS = 3_000;
/** A stream that is cut is noticed by its ends after this long (keep-alive), ms. */
export const NOTICE_MS = 15_000;

/** The network between processes, by their names. Everything that crosses it takes a while, and may not arrive. */
export class Network {
  readonly #time: VirtualTime;
  readonly #rng: Rng;
  readonly #cut = new Set<string>();
  readonly #streams = new Map<string, Set<(why: 'cut' | 'reset') => void>>();
  /** Mean time of a crossing, ms. */
  latencyMs: number = USUAL_LATENCY_MS;
  /** Of this share of messages nobody hears again. */
  lossChance = 0;

  constructor(time: VirtualTime, rng: Rng) {
    this.#time = time;
    this.#rng = rng;
  }

  /** How long a crossing takes now: often short, sometimes long. */
  delayMs(): number { return -Math.log(1 - this.#rng.next()) * this.latencyMs; }

  /** A message from one to the other; rejects with `Unreachable` when it is lost. */
  async travel(from: string, to: string): Promise<void> {
    const lost = this.isCut(from, to) || (this.lossChance > 0 && this.#rng.next() < this.lossChance);
    await this.#time.sleep(lost ? GIVE_UP_MS : this.delayMs());
    if (lost) throw new Unreachable(`${from} cannot reach ${to}`);
  }

  isCut(a: string, b: string): boolean { return this.#cut.has(linkOf(a, b)); }

  cut(a: string, b: string): void {
    this.#cut.add(linkOf(a, b));
    this.#tell(a, b, 'cut');
  }

  heal(a: string, b: string): void { this.#cut.delete(linkOf(a, b)); }

  healAll(): void { this.#cut.clear(); this.lossChance = 0; this.latencyMs = USUAL_LATENCY_MS; }

  /** Every stream between the two ends at once; what was under way is lost. */
  reset(a: string, b: string): void { this.#tell(a, b, 'reset'); }

  /** Told when the link is cut or reset, until disposed. */
  onBreak(a: string, b: string, listener: (why: 'cut' | 'reset') => void): Disposable {
    const link = linkOf(a, b);
    const streams = this.#streams.get(link) ?? new Set();
    this.#streams.set(link, streams.add(listener));
    return { [Symbol.dispose]: () => { streams.delete(listener); } };
  }

  #tell(a: string, b: string, why: 'cut' | 'reset'): void {
    for (const listener of [...this.#streams.get(linkOf(a, b)) ?? []]) listener(why);
  }
}

function linkOf(a: string, b: string): string { return a < b ? `${a} ${b}` : `${b} ${a}`; }
