import type { Container, Element } from './nft-port.ts';

/** What has to be done to a set or map. */
export interface ElementChange { do: 'add' | 'delete'; element: Element }

/**
 * Which elements are in the table. Several ports may want the same one (services of one pod its hairpin, ports of a service its address), and
 * two services may claim one address: the first keeps it until it goes.
 */
export class ElementLedger {
  readonly #claims = new Map<Container, Map<string, Element[]>>();

  /** Takes up and gives back claims; what differs afterwards, deletions first. */
  change({ added, removed }: { added: readonly Element[]; removed: readonly Element[] }): readonly ElementChange[] {
    const touched = new Map<string, { element: Element; before: Element | undefined }>();
    for (const [elements, apply] of [[removed, this.#giveBack], [added, this.#takeUp]] as const) {
      for (const element of elements) {
        const id = `${element.container} ${element.key}`;
        if (!touched.has(id)) touched.set(id, { element, before: this.#holder(element) });
        apply.call(this, element);
      }
    }
    const changes: ElementChange[] = [];
    for (const { element, before } of touched.values()) {
      const after = this.#holder(element);
      if (before?.verdict === after?.verdict && (before === undefined) === (after === undefined)) continue;
      if (before !== undefined) changes.push({ do: 'delete', element: before });
      if (after !== undefined) changes.push({ do: 'add', element: after });
    }
    return changes;
  }

  /** All elements that are in the table. */
  *elements(): Iterable<Element> {
    for (const claims of this.#claims.values()) for (const [first] of claims.values()) if (first) yield first;
  }

  clear(): void { this.#claims.clear(); }

  #holder({ container, key }: Element): Element | undefined { return this.#claims.get(container)?.get(key)?.[0]; }

  #takeUp(element: Element): void {
    let claims = this.#claims.get(element.container);
    if (claims === undefined) this.#claims.set(element.container, claims = new Map());
    const holders = claims.get(element.key);
    if (holders) holders.push(element); else claims.set(element.key, [element]);
  }

  #giveBack(element: Element): void {
    const claims = this.#claims.get(element.container);
    const holders = claims?.get(element.key);
    const at = holders?.findIndex(({ verdict }) => verdict === element.verdict) ?? -1;
    if (at >= 0) holders?.splice(at, 1);
    if (holders?.length === 0) claims?.delete(element.key);
  }
}
