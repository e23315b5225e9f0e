import { type Cidr, formatCidr, parseCidr } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import type { CidrSet } from './cidr-set.ts';

type Node = Readonly<coreV1.Node>;

/** Which node has which ranges: those that nodes show, and those on their way to a node. */
export class NodeRanges {
  readonly #sets: readonly CidrSet[];
  readonly #byNode = new Map<string, { uid: string | undefined; cidrs: readonly Cidr[] }>();

  constructor(sets: readonly CidrSet[]) { this.#sets = sets; }

  /** Takes notice of what a node has; what it had before is free again. */
  occupy({ metadata: { name, uid }, spec }: Node): void {
    const shown = spec?.podCIDRs ?? [];
    if (shown.length === 0) return;
    this.release(name);
    const cidrs = shown.flatMap((text) => parseCidr(text) ?? []);
    for (const [i, cidr] of cidrs.entries()) this.#sets[i]?.occupy(cidr);
    this.#byNode.set(name, { uid, cidrs });
  }

  /** A range of each family for a node without; the same ones until it shows them. Undefined when a family has none left. */
  give({ metadata: { name, uid } }: Node): readonly string[] | undefined {
    if (this.#byNode.get(name)?.uid !== uid) this.release(name);
    const cidrs = this.#byNode.get(name)?.cidrs ?? this.#allocate();
    if (cidrs === undefined) return undefined;
    this.#byNode.set(name, { uid, cidrs });
    return cidrs.map(formatCidr);
  }

  /** The node is gone, or another one. */
  release(name: string): void {
    for (const [i, cidr] of (this.#byNode.get(name)?.cidrs ?? []).entries()) this.#sets[i]?.release(cidr);
    this.#byNode.delete(name);
  }

  #allocate(): readonly Cidr[] | undefined {
    const cidrs: Cidr[] = [];
    for (const set of this.#sets) {
      const cidr = set.allocate();
      if (cidr === undefined) {
        for (const [i, given] of cidrs.entries()) this.#sets[i]?.release(given);
        return undefined;
      }
      cidrs.push(cidr);
    }
    return cidrs;
  }
}
