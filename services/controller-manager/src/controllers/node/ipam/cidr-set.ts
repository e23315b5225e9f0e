import { type Cidr, containsCidr, formatCidr, lastOfCidr, overlapsCidr } from '@kubernode/apimachinery';
import type { RangeMetrics } from './metrics.ts';

/** More bits than this between an IPv6 cluster's range and its nodes' would be more ranges than anybody counts. */
const IPV6_BITS_MAX = 16;

/** Whether nodes' ranges of this size can be told apart in a cluster's range. */
export function canDivide({ bits, prefix }: Cidr, nodePrefix: number): boolean {
  return prefix <= nodePrefix && nodePrefix <= bits && (bits === 32 || nodePrefix - prefix <= IPV6_BITS_MAX);
}

/** A cluster's range, divided into nodes' ranges of one size. The next free one is given, so that a range rests before it is given again. */
export class CidrSet {
  readonly cluster: Cidr;
  readonly nodePrefix: number;
  readonly #count: number;
  readonly #metrics: RangeMetrics | undefined;
  readonly #used = new Set<number>();
  #next = 0;

  constructor(cluster: Cidr, nodePrefix: number, metrics?: RangeMetrics) {
    this.cluster = cluster;
    this.nodePrefix = nodePrefix;
    this.#count = 2 ** (nodePrefix - cluster.prefix);
    this.#metrics = metrics;
    metrics?.onSet(formatCidr(cluster), this.#count);
  }

  /** Undefined when all are used. */
  allocate(): Cidr | undefined {
    if (this.#used.size >= this.#count) return undefined;
    let index = this.#next;
    let tries = 0;
    for (; this.#used.has(index); tries++) index = (index + 1) % this.#count;
    this.#used.add(index);
    this.#metrics?.onAllocated(formatCidr(this.cluster), tries, this.#used.size / this.#count);
    this.#next = (index + 1) % this.#count;
    return { bits: this.cluster.bits, first: this.cluster.first + BigInt(index) * this.#size, prefix: this.nodePrefix };
  }

  /** Marks each node's range that this one touches as used. False where it lies outside the cluster's. */
  occupy(cidr: Cidr): boolean {
    return this.#each(cidr, (index) => {
      if (this.#used.has(index)) return;
      this.#used.add(index);
      this.#metrics?.onAllocated(formatCidr(this.cluster), 0, this.#used.size / this.#count);
    });
  }

  release(cidr: Cidr): boolean {
    return this.#each(cidr, (index) => { if (this.#used.delete(index)) this.#metrics?.onReleased(formatCidr(this.cluster), this.#used.size / this.#count); });
  }

  get #size(): bigint { return 1n << BigInt(this.cluster.bits - this.nodePrefix); }

  #each(cidr: Cidr, visit: (index: number) => void): boolean {
    if (!overlapsCidr(this.cluster, cidr)) return false;
    const whole = containsCidr(cidr, this.cluster);
    const first = whole ? 0 : Number((cidr.first - this.cluster.first) / this.#size);
    const last = whole ? this.#count - 1 : Number((lastOfCidr(cidr) - this.cluster.first) / this.#size);
    for (let index = first; index <= last; index++) visit(index);
    return true;
  }

  toString(): string { return formatCidr(this.cluster); }
}
