import { internalError } from '@kubernode/apimachinery';
import type { Question, WebhookCallServices } from './call-webhook.ts';
import { WebhookCallFault, WebhookRejection } from './webhook-faults.ts';
import type { AdmissionStep } from './webhook-metrics.ts';

const SUCCESS = 200;

export interface OutcomeOptions { step: AdmissionStep; onFailedOpen: () => void }

/** What the work with a webhook comes to; undefined when it failed and its failures are passed over. Rejects with what the client is told. */
export async function judgeOutcome<T>({ hook, attributes }: Question, work: () => Promise<T>, { clock, logger, metrics }: WebhookCallServices, { step, onFailedOpen }: OutcomeOptions): Promise<T | undefined> {
  const startedAt = clock.monotonicNow();
  const call = { name: hook.settings.name, step, operation: attributes.operation };
  const observe = (code: number, rejected: boolean): void => { metrics.called({ ...call, code, rejected, durationMs: clock.monotonicNow() - startedAt }); };
  try {
    const result = await work();
    observe(SUCCESS, false);
    return result;
  } catch (error) {
    if (error instanceof WebhookCallFault) {
      const { code, cancelled } = error;
      observe(code, !hook.failsOpen);
      if (!hook.failsOpen) {
        if (!cancelled) metrics.rejected({ ...call, code }, 'calling_webhook_error');
        logger.warn('a webhook failed, and with it the request', { webhook: call.name, error: error.message });
        throw internalError(error);
      }
      if (cancelled) return undefined;
      logger.warn('a webhook failed and is passed over', { webhook: call.name, error: error.message });
      metrics.failedOpen(call);
      onFailedOpen();
      return undefined;
    }
    if (error instanceof WebhookRejection) {
      const { status } = error;
      observe(status.code, true);
      metrics.rejected({ ...call, code: status.code }, 'no_error');
      throw status;
    }
    observe(0, true);
    metrics.rejected({ ...call, code: 0 }, 'apiserver_internal_error');
    throw error;
  }
}
