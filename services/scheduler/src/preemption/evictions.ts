import { formatTime, isNotFound } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { NodeView } from '../cache/node-table.ts';
import type { PodInfo } from '../cache/pod-info.ts';
import type { NodeVictims, PluginHandle } from '../framework/plugin.ts';
import { schedulerNameOf } from '../framework/profile.ts';
import type { PluginObservers } from '../plugins/plugin-observers.ts';

type Pod = Readonly<coreV1.Pod>;

/**
 * Evicts victims beside the next decisions. The last victim goes alone and last: until its deletion is seen, the pod that all this is for
 * stays out of the queue, so that it is not tried in vain while room is being made.
 */
export class Evictions {
  readonly #handle: PluginHandle;
  readonly #plugin: string;
  readonly #observers: PluginObservers;
  readonly #preempting = new Set<string>(); // uids of pods that others are evicted for
  readonly #lastVictims = new Map<string, string>(); // by such a uid: `namespace/name`

  constructor(handle: PluginHandle, { plugin, observers }: { plugin: string; observers: PluginObservers }) {
    this.#handle = handle;
    this.#plugin = plugin;
    this.#observers = observers;
  }

  isPreempting(uid: string): boolean {
    if (!this.#preempting.has(uid)) return false;
    const last = this.#lastVictims.get(uid);
    if (last === undefined) return true;
    const victim = this.#handle.lister(coreV1Resources.pods).get(last);
    return victim !== undefined && victim.metadata.deletionTimestamp === undefined;
  }

  /** Returns how many had to be evicted: victims that are on their way out already do not. */
  start(preemptor: PodInfo, node: NodeView, { pods }: NodeVictims): number {
    const victims = pods.filter(({ terminating }) => !terminating).map(({ pod }) => pod);
    const last = victims.pop();
    if (last === undefined) return 0;
    this.#preempting.add(preemptor.uid);
    const { clock } = this.#handle;
    this.#handle.background('preemption', async (signal) => {
      const since = clock.monotonicNow();
      const tell = (result: 'success' | 'error'): void => { this.#observers.onEvicted?.(result, (clock.monotonicNow() - since) / 1000); };
      try {
        await this.#clearLowerNominations(preemptor, node, signal);
        await Promise.all(victims.map((victim) => this.#evict(victim, { preemptor, node, signal })));
        this.#lastVictims.set(preemptor.uid, `${last.metadata.namespace ?? ''}/${last.metadata.name}`);
        await this.#evict(last, { preemptor, node, signal });
      } catch (error) {
        this.#finish(preemptor.uid);
        tell('error');
        this.#handle.activate(preemptor.pod); // nothing may ever happen that brings it back
        throw error;
      }
      this.#finish(preemptor.uid);
      tell('success');
    });
    return victims.length + 1;
  }

  #finish(uid: string): void { this.#preempting.delete(uid); this.#lastVictims.delete(uid); }

  /** Less important pods that were promised this node have to look for another. */
  async #clearLowerNominations({ priority }: PodInfo, { name }: NodeView, signal: AbortSignal): Promise<void> {
    const lower = this.#handle.nominations.on(name).filter((one) => one.priority < priority && (one.pod.status?.nominatedNodeName ?? '') !== '');
    await Promise.all(lower.map(({ pod }) => this.#patchStatus(pod, { nominatedNodeName: null }, signal)));
  }

  async #evict(victim: Pod, { preemptor, node, signal }: { preemptor: PodInfo; node: NodeView; signal: AbortSignal }): Promise<void> {
    const { client, waitingPods, event } = this.#handle;
    const { name, namespace, uid = '' } = victim.metadata;
    const note = `Preempted by pod ${preemptor.uid} on node ${node.name}`;
    const told = { type: 'Normal', reason: 'Preempted', action: 'Preempting', related: preemptor.pod } as const;
    if (waitingPods.reject(uid, this.#plugin, 'preempted') || waitingPods.cancelPreBind(uid, `preempted by ${this.#plugin}`)) {
      event(victim, { ...told, note: `${note} (in kube-scheduler memory).` });
      return;
    }
    try {
      await this.#patchStatus(victim, { conditions: [this.#disruptionTarget(victim, schedulerNameOf(preemptor.pod))] }, signal);
      await client.delete(coreV1Resources.pods, { name, namespace }, { signal, uid });
    } catch (error) {
      if (isNotFound(error)) return; // gone by itself
      throw error;
    }
    event(victim, { ...told, note });
  }

  #disruptionTarget({ metadata }: Pod, schedulerName: string): object {
    return {
      type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message: `${schedulerName}: preempting to accommodate a higher priority pod`,
      lastTransitionTime: formatTime(this.#handle.clock.now()), observedGeneration: metadata.generation,
    };
  }

  async #patchStatus({ metadata: { name, namespace, uid } }: Pod, status: object, signal: AbortSignal): Promise<void> {
    await this.#handle.client.patch(coreV1Resources.pods, { name, namespace, subresource: 'status' }, { type: 'strategic', body: { metadata: { uid }, status } }, { signal });
  }
}
