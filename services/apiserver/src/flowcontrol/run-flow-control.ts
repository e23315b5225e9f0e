import { errorMessage, isAbortError, onAbort, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { ObjectSources } from '../endpoints/endpoint.ts';
import type { FlowSchema } from './classifier.ts';
import type { FlowController } from './flow-controller.ts';
import type { PriorityLevelObject } from './level-limits.ts';

const GROUP = 'flowcontrol.apiserver.k8s.io';
/** How often levels lend and borrow. */
const ADJUST_INTERVAL_MS = 10_000;
/** Changes that come this close together are taken in at once. */
const SETTLE_MS = 50;

/** Keeps flow control by the stored configuration, and moves seats between its levels. */
export async function runFlowControl({ controller, sources, clock, logger }: { controller: FlowController; sources: ObjectSources; clock: Clock; logger: Logger }, signal: AbortSignal): Promise<void> {
  const levels = sources<PriorityLevelObject>({ group: GROUP, resource: 'prioritylevelconfigurations' });
  const schemas = sources<FlowSchema>({ group: GROUP, resource: 'flowschemas' });
  const changes = new Changes();
  using _levels = levels.onChange(() => { changes.note(); });
  using _schemas = schemas.onChange(() => { changes.note(); });
  let adjustAtMs = clock.monotonicNow() + ADJUST_INTERVAL_MS;
  changes.note();
  while (!signal.aborted) {
    try {
      await changes.next({ clock, waitMs: adjustAtMs - clock.monotonicNow(), signal });
      if (changes.pending && levels.ready && schemas.ready) {
        changes.pending = false;
        controller.configure(levels.list(), schemas.list());
      }
      if (clock.monotonicNow() < adjustAtMs) { await clock.sleep(SETTLE_MS, { signal }); continue; }
      controller.adjust();
      adjustAtMs = clock.monotonicNow() + ADJUST_INTERVAL_MS;
    } catch (error) {
      if (isAbortError(error)) return;
      logger.error('flow control could not take in its configuration', { error: errorMessage(error) });
      await clock.sleep(ADJUST_INTERVAL_MS, { signal }).catch(() => undefined); // the loop's condition sees the abort
    }
  }
}

/** Whether something changed, and a way to wait for it. */
class Changes {
  pending = false;
  #wake: (() => void) | undefined;

  note(): void { this.pending = true; this.#wake?.(); }

  /** Resolves at the next change, at once when one is pending, or when the time is over or the signal aborts. */
  async next({ clock, waitMs, signal }: { clock: Clock; waitMs: number; signal: AbortSignal }): Promise<void> {
    if (this.pending || signal.aborted || waitMs <= 0) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => { timer[Symbol.dispose](); link[Symbol.dispose](); this.#wake = undefined; resolve(); };
      const timer = clock.after(waitMs, wake);
      const link = onAbort(signal, wake);
      this.#wake = wake;
    });
  }
}
