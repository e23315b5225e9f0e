import { isConflict, isNotFound, StatusError } from '@kubernode/apimachinery';
import { type coreV1, coreV1Resources } from '@kubernode/api';
import { type Clock, errorMessage, exponentialBackoff, KeyedSequencer, type Rng } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import { type Pod, podUid } from '../pod/pod-facts.ts';

export interface StatusWriterDeps { client: Client; clock: Clock; rng: Rng; logger: Logger }

interface Slot { pod: Pod; status: coreV1.PodStatus }

const RETRY = { initialMs: 200, maxMs: 10_000 };

/**
 * Brings pods' statuses to the API server: one write a pod at a time, of the newest status only; what was overtaken while a write was
 * under way is never sent.
 */
export class StatusWriter {
  readonly #deps: StatusWriterDeps;
  readonly #pending = new Map<string, Slot>();
  readonly #written = new Map<string, string>();
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
      const text = JSON.stringify(slot.status);
      if (this.#written.get(uid) === text || await this.#write(slot, signal)) {
        this.#written.set(uid, text);
        if (this.#pending.get(uid) === slot) this.#pending.delete(uid);
        continue;
      }
      await this.#deps.clock.sleep(backoff.next(), { signal }).catch(() => undefined); // aborted: the loop ends
    }
  }

  /** False when it is worth another try. */
  async #write({ pod, status }: Slot, signal: AbortSignal): Promise<boolean> {
    const { name, namespace } = pod.metadata;
    try {
      const body = { metadata: { uid: podUid(pod) }, status: statusPatch(pod.status ?? {}, status) };
      await this.#deps.client.patch(coreV1Resources.pods, { name, namespace, subresource: 'status' }, { type: 'strategic', body }, { signal });
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

/** What the server has not or has otherwise; a field that is over is null. Lists of addresses merge by themselves, so a changed one replaces. */
export function statusPatch(before: coreV1.PodStatus, after: coreV1.PodStatus): Record<string, unknown> {
  const patch: Record<string, unknown> = { ...after };
  for (const field of ['reason', 'message'] as const) if (after[field] === undefined && before[field] !== undefined) patch[field] = null;
  for (const field of ['podIPs', 'hostIPs'] as const) {
    const old = before[field] ?? [];
    const now = after[field] ?? [];
    if (old.some(({ ip }) => !now.some((one) => one.ip === ip))) patch[field] = [{ $patch: 'replace' }, ...now];
  }
  return patch;
}
