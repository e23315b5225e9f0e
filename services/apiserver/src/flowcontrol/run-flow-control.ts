import { errorMessage, isAbortError, WakeUp, type Clock } from '@kubernode/base';
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
  const changes = new WakeUp();
  using _levels = levels.onChange(() => { changes.ring(); });
  using _schemas = schemas.onChange(() => { changes.ring(); });
  let adjustAtMs = clock.monotonicNow() + ADJUST_INTERVAL_MS;
  let pending = true;
  while (!signal.aborted) {
    try {
      pending ||= await changes.heardWithin({ clock, ms: adjustAtMs - clock.monotonicNow() }, signal);
      if (pending && levels.ready && schemas.ready) {
        pending = false;
        changes.take(); // what has rung meanwhile is in what is read now
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
