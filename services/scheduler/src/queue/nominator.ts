import type { coreV1 } from '@kubernode/api';
import type { PodInfo } from '../cache/pod-info.ts';
import type { Nominations } from '../framework/plugin.ts';

type Pod = Readonly<coreV1.Pod>;

const NONE: readonly never[] = [];

/** Which waiting pods were promised a node, mostly because others are being evicted from it for them. */
export class Nominator implements Nominations {
  readonly #nodeOf = new Map<string, string>(); // by uid
  readonly #byNode = new Map<string, Map<string, PodInfo>>();

  get isEmpty(): boolean { return this.#nodeOf.size === 0; }

  on(node: string): readonly PodInfo[] {
    const pods = this.#byNode.get(node);
    return pods === undefined ? NONE : [...pods.values()];
  }

  nodeOf(uid: string): string | undefined { return this.#nodeOf.get(uid); }

  /** `node` overrides what the pod's status says; '' takes the promise back. */
  set(info: PodInfo, node: string = info.pod.status?.nominatedNodeName ?? ''): void {
    this.delete(info.uid);
    if (node === '') return;
    this.#nodeOf.set(info.uid, node);
    const pods = this.#byNode.get(node);
    if (pods === undefined) this.#byNode.set(node, new Map([[info.uid, info]]));
    else pods.set(info.uid, info);
  }

  /** A change of the pod that says nothing of a node, before or after, comes from before the promise was written: the promise stays. */
  update(before: Pod | undefined, info: PodInfo): void {
    const promised = this.#nodeOf.get(info.uid);
    const silent = (before?.status?.nominatedNodeName ?? '') === '' && (info.pod.status?.nominatedNodeName ?? '') === '';
    this.set(info, silent ? promised : undefined);
  }

  delete(uid: string): void {
    const node = this.#nodeOf.get(uid);
    if (node === undefined) return;
    this.#nodeOf.delete(uid);
    const pods = this.#byNode.get(node);
    pods?.delete(uid);
    if (pods?.size === 0) this.#byNode.delete(node);
  }
}
