import { isAlreadyExists, isConflict, isNotFound } from '@kubernode/apimachinery';
import { type coreV1, coreV1Resources } from '@kubernode/api';
import { type Clock, errorMessage, WakeUp } from '@kubernode/base';
import type { Client, Informer } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import { type Pod, podUid } from '../pod/pod-facts.ts';
import { isMirrorPod, isStaticPod, sourceAnnotations } from '../pod/pod-origin.ts';
import type { StatusWriter } from '../status/status-writer.ts';
import type { ManifestSource } from './manifest-source.ts';

export interface MirrorPodsDeps {
  client: Client;
  clock: Clock;
  logger: Logger;
  nodeName: string;
  manifests: Pick<ManifestSource, 'list' | 'onChange'>;
  /** Of this node. */
  pods: Informer<coreV1.Pod>;
  statuses: Pick<StatusWriter, 'set' | 'forgetPod'>;
}

const RETRY_MS = 2000;

/** What must be done so that each static pod has one mirror of its present content, and no other mirror stands. */
export interface MirrorPlan { create: readonly Pod[]; remove: readonly Readonly<coreV1.Pod>[] }

/** @param known the node's pods in the API server, mirrors and others */
export function planMirrors(statics: readonly Pod[], known: readonly Readonly<coreV1.Pod>[]): MirrorPlan {
  const wanted = new Map(statics.map((pod) => [nameOf(pod), pod]));
  const remove = known.filter((mirror) => isMirrorPod(mirror) && !isMirrorOf(mirror, wanted.get(nameOf(mirror))));
  const kept = new Set(known.filter((one) => !remove.includes(one)).map(nameOf));
  return { remove, create: statics.filter((pod) => !kept.has(nameOf(pod))) };
}

const nameOf = ({ metadata }: Pod): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** One that is being deleted is no mirror any more: the static pod runs on, and gets another. */
function isMirrorOf(mirror: Pod, pod: Pod | undefined): boolean {
  return pod !== undefined && mirror.metadata.deletionTimestamp === undefined && mirror.metadata.annotations?.[sourceAnnotations.mirror] === pod.metadata.annotations?.[sourceAnnotations.hash];
}

/** The object that shows a static pod in the API server; it belongs to the node. */
export function mirrorOf(pod: Pod, node: { name: string; uid: string }): coreV1.Pod {
  const { metadata: { name, namespace, labels, annotations }, spec } = pod;
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, ...(namespace !== undefined && { namespace }), ...(labels && { labels }),
      annotations: { ...annotations, [sourceAnnotations.mirror]: annotations?.[sourceAnnotations.hash] ?? '' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid, controller: true }],
    },
    ...(spec && { spec }),
  };
}

/** Shows static pods in the API server, and writes their status there. Nothing done to a mirror reaches the pod. */
export class MirrorPods {
  readonly #deps: MirrorPodsDeps;
  readonly #statuses = new Map<string, { pod: Pod; status: coreV1.PodStatus }>(); // by namespace and name
  readonly #bell = new WakeUp();

  constructor(deps: MirrorPodsDeps) { this.#deps = deps; }

  /** Resolves once the status is written to the mirror, or kept for when there is one. */
  async setStatus(pod: Pod, status: coreV1.PodStatus, signal: AbortSignal): Promise<void> {
    this.#statuses.set(nameOf(pod), { pod, status });
    await this.#write(nameOf(pod), signal);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { manifests, pods, clock, logger } = this.#deps;
    await pods.synced(signal);
    using _manifests = manifests.onChange(() => { this.#bell.ring(); });
    using _mirrors = pods.onChange(({ object, previous }) => {
      if (!isMirrorPod(object ?? previous as Pod)) return; // one of the two is there
      if (previous !== undefined && (object === undefined || podUid(object) !== podUid(previous))) this.#deps.statuses.forgetPod(podUid(previous));
      this.#bell.ring();
    });
    while (!signal.aborted) {
      let again = false;
      try { await this.#reconcile(signal); } catch (error) {
        if (signal.aborted) return;
        again = true;
        logger.warn('cannot bring mirror pods up to date', { error: errorMessage(error) });
      }
      if (again) await this.#bell.heardWithin({ clock, ms: RETRY_MS }, signal); else await this.#bell.heard(signal);
    }
  }

  async #reconcile(signal: AbortSignal): Promise<void> {
    const { manifests, pods } = this.#deps;
    const statics = manifests.list();
    const { create, remove } = planMirrors(statics, pods.lister.list());
    for (const mirror of remove) await this.#remove(mirror, signal);
    if (create.length > 0) await this.#create(create, signal);
    const names = new Set(statics.map(nameOf));
    for (const name of this.#statuses.keys()) {
      if (!names.has(name)) this.#statuses.delete(name);
      else void this.#write(name, signal); // the writer keeps the order and tries again by itself
    }
  }

  async #remove(mirror: Readonly<coreV1.Pod>, signal: AbortSignal): Promise<void> {
    const { name, namespace } = mirror.metadata;
    try {
      await this.#deps.client.delete(coreV1Resources.pods, { name, namespace }, { gracePeriodSeconds: 0, uid: podUid(mirror), signal });
    } catch (error) { if (!isNotFound(error) && !isConflict(error)) throw error; } // gone, or another by now
  }

  async #create(pods: readonly Pod[], signal: AbortSignal): Promise<void> {
    const { client, nodeName } = this.#deps;
    const { metadata: { uid = '' } } = await client.get(coreV1Resources.nodes, { name: nodeName }, { signal });
    for (const pod of pods) {
      try {
        await client.create(coreV1Resources.pods, mirrorOf(pod, { name: nodeName, uid }), { signal });
      } catch (error) { if (!isAlreadyExists(error)) throw error; } // not seen yet, or someone else's: looked at again when it changes
    }
  }

  async #write(name: string, signal: AbortSignal): Promise<void> {
    const latest = this.#statuses.get(name);
    const mirror = this.#deps.pods.lister.get(name);
    if (latest === undefined || mirror === undefined || !isMirrorOf(mirror, latest.pod)) return;
    await this.#deps.statuses.set(mirror, latest.status, signal);
  }
}

/** Sends the statuses of static pods to their mirrors, all others to the pods themselves. */
export function routeStatuses(statuses: Pick<StatusWriter, 'set' | 'forgetPod'>, mirrors: MirrorPods | undefined): Pick<StatusWriter, 'set' | 'forgetPod'> {
  return {
    set: async (pod, status, signal) => { await (isStaticPod(pod) ? mirrors?.setStatus(pod, status, signal) : statuses.set(pod, status, signal)); },
    forgetPod: (uid) => { statuses.forgetPod(uid); },
  };
}
