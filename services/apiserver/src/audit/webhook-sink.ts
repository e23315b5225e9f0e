import { errorMessage, exponentialBackoff, timeLimit, type Clock, type Rng } from '@kubernode/base';
import type { Transport } from '@kubernode/client';
import { encodeAuditEvent, type AuditEvent } from './audit-event.ts';
import type { AuditSink, ReportLoss } from './audit-sink.ts';

export interface WebhookSinkOptions {
  /** To the server of the webhook's kubeconfig. */
  transport: Pick<Transport, 'call'>;
  initialBackoffMs: number;
  clock: Clock;
  rng: Rng;
  reportLoss: ReportLoss;
}

/** The same as kube-apiserver's: whatever went wrong, a batch is offered this often, at growing intervals. */
const ATTEMPTS_MAX = 5;
const BACKOFF_FACTOR = 1.5;
const BACKOFF_JITTER = 0.2;
const ATTEMPT_TIMEOUT_MS = 30_000;

/** Sends events as an EventList to a webhook. A batch is kept once the webhook has answered it with success. */
export function webhookSink({ transport, initialBackoffMs, clock, rng, reportLoss }: WebhookSinkOptions): AuditSink {
  const send = async (body: Buffer): Promise<void> => {
    using limit = timeLimit({ clock, ms: ATTEMPT_TIMEOUT_MS });
    const { status } = await transport.call({ method: 'POST', path: '', body, contentType: 'application/json', accept: 'application/json', userAgent: 'kube-apiserver-audit', signal: limit.signal });
    if (status < 200 || status > 299) throw new Error(`the webhook answered with status ${status}`);
  };
  return {
    async process(events) {
      const body = encodeEventList(events);
      const backoff = exponentialBackoff({ initialMs: initialBackoffMs, maxMs: initialBackoffMs * BACKOFF_FACTOR ** ATTEMPTS_MAX, factor: BACKOFF_FACTOR, jitter: BACKOFF_JITTER, rng });
      for (let attempt = 1; ; attempt++) {
        try {
          await send(body);
          return true;
        } catch (error) {
          if (attempt === ATTEMPTS_MAX) { reportLoss('webhook', errorMessage(error), events); return false; }
          await clock.sleep(backoff.next());
        }
      }
    },
  };
}

function encodeEventList(events: readonly AuditEvent[]): Buffer {
  return Buffer.from(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${events.map((event) => encodeAuditEvent(event, { typed: false })).join(',')}]}\n`);
}
