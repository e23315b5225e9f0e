import type { coreV1 } from '@kubernode/api';

interface ImageState { sizeBytes: number; nodes: number }

/** Which images the nodes have. An image's score on a node grows with its size and with how many nodes have it. */
export class ImageStates {
  readonly #states = new Map<string, ImageState>();

  /** In place of what the node had before. Returns the names, to be handed in as `before` the next time. */
  nodeChanged(node: Readonly<coreV1.Node> | undefined, before: ReadonlySet<string>): ReadonlySet<string> {
    const images = node?.status?.images ?? [];
    if (images.length === 0 && before.size === 0) return before;
    const now = new Set<string>();
    for (const { names = [], sizeBytes = 0 } of images) {
      for (const name of names) {
        if (now.has(name)) continue;
        now.add(name);
        if (!before.has(name)) this.#add(name, sizeBytes);
      }
    }
    for (const name of before) if (!now.has(name)) this.#remove(name);
    return now;
  }

  /** 0 for an image that no node has. */
  scaledSize(name: string, nodes: number): number {
    const state = this.#states.get(name);
    return state === undefined ? 0 : Math.trunc(state.sizeBytes * (state.nodes / nodes));
  }

  get isEmpty(): boolean { return this.#states.size === 0; }

  #add(name: string, sizeBytes: number): void {
    const state = this.#states.get(name);
    if (state === undefined) this.#states.set(name, { sizeBytes, nodes: 1 });
    else state.nodes++;
  }

  #remove(name: string): void {
    const state = this.#states.get(name);
    if (state === undefined) return;
    state.nodes--;
    if (state.nodes === 0) this.#states.delete(name);
  }
}
