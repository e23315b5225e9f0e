import { isConflict, isNotFound, StatusError } from '@kubernode/apimachinery';
import { type coreV1, coreV1Resources } from '@kubernode/api';
import { type Clock, errorMessage, exponentialBackoff, KeyedSequencer, type Rng } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import { type Pod, podUid } from '../pod/pod-facts.ts';
import { statusPatch } from './status-patch.ts';

export interface StatusWriterDeps { client: Client; clock: Clock; rng: Rng; logger: Logger }

interface Slot { pod: Pod; status: coreV1.PodStatus }

const RETRY = { initialMs: 200, maxMs: 10_000 };

/**
 * Brings pods' statuses to the API server: one write a pod at a time, of the newest status only and of what differs there; what was
 * overtaken while a write was under way is never sent.
 */
export class StatusWriter {
  readonly #deps: StatusWriterDeps;
  readonly #pending = new Map<string, Slot>();
  /** Each pod as the last write left it, until the informer has seen something newer. */
  readonly #written = new Map<string, Pod>();
  readonly #sequencer = new KeyedSequencer<string>();

  constructor(deps: StatusWriterDeps) { this.#deps = deps; }

  /** Resolves once this status, or a newer one, is written or can never be. */
  set(pod: Pod, status: coreV1.PodStatus, signal: AbortSignal): Promise<void> {
    const uid = podUid(pod);
    this.#pending.set(uid, { pod, status });
    return this.#sequencer.run(uid, () => this.#flush(uid, signal));
  }

  forgetPod(uid: string): void {
    this.#pending.delete(uid);
    this.#written.delete(uid);
  }

  async #flush(uid: string, signal: AbortSignal): Promise<void> {
    const backoff = exponentialBackoff({ ...RETRY, rng: this.#deps.rng });
    for (let slot = this.#pending.get(uid); slot !== undefined && !signal.aborted; slot = this.#pending.get(uid)) {
      if (await this.#write(slot, signal)) {
        if (this.#pending.get(uid) === slot) this.#pending.delete(uid);
        continue;
      }
      await this.#deps.clock.sleep(backoff.next(), { signal }).catch(() => undefined); // aborted: the loop ends
    }
  }

  /** False when it is worth another try. */
  async #write({ pod, status }: Slot, signal: AbortSignal): Promise<boolean> {
    const uid = podUid(pod);
    const { name, namespace } = pod.metadata;
    const patch = statusPatch(newest(pod, this.#written.get(uid)).status ?? {}, status);
    if (patch === undefined) return true;
    try {
      const body = { metadata: { uid }, status: patch };
      const written = await this.#deps.client.patch(coreV1Resources.pods, { name, namespace, subresource: 'status' }, { type: 'strategic', body }, { signal });
      if (this.#pending.has(uid)) this.#written.set(uid, written);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (isNotFound(error) || isConflict(error)) return true; // gone, or another pod of that name: nobody waits for this status
      const refused = error instanceof StatusError && error.code >= 400 && error.code < 500 && error.code !== 429;
      this.#deps.logger.warn('cannot write a pod status', { pod: `${namespace ?? ''}/${name}`, error: errorMessage(error), gaveUp: refused });
      return refused;
    }
  }
}

/** Versions of one object grow. */
function newest(seen: Pod, written: Pod | undefined): Pod {
  return written !== undefined && Number(written.metadata.resourceVersion) > Number(seen.metadata.resourceVersion) ? written : seen;
}
