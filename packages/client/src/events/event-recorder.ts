import { formatTime, isNotFound, StatusError, type ObjectMeta } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { Deque, errorMessage, isAbortError, onAbort, systemRng, type Clock, type Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Client } from '../client.ts';
import { EventCorrelator, type Correlated } from './event-correlator.ts';
import { eventName } from './event-name.ts';

export interface EventRecorderOptions {
  client: Client;
  clock: Clock;
  logger: Logger;
  /** Who speaks: `deployment-controller`, `kubelet`. */
  component: string;
  /** The node, for kubelets. */
  host?: string | undefined;
  /** Spreads the first retry of many programs that lost the same server. */
  rng?: Rng;
}

/** What an event is about; any object of the API fits. `fieldPath` names a part: `spec.containers{main}`. */
export interface EventSubject { apiVersion: string; kind: string; metadata: Pick<ObjectMeta, 'name' | 'namespace' | 'uid' | 'resourceVersion'>; fieldPath?: string }

export interface EventRecorder {
  /** Queues an event; never waits, never throws. When the queue is full the event is dropped. */
  event(about: EventSubject, type: 'Normal' | 'Warning', reason: string, message: string, annotations?: Readonly<Record<string, string>>): void;
  /** Writes queued events until aborted; then what is left, for a moment. */
  run(signal: AbortSignal): Promise<void>;
}

const QUEUE_MAX = 1000;
const TRIES_MAX = 12;
const RETRY_DELAY_MS = 10_000;

/** Events as Kubernetes' components write them: core v1, repeated ones counted up, floods aggregated and then dropped. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const queue = new Deque<coreV1.Event>();
  const correlator = new EventCorrelator(options.clock);
  let wake: (() => void) | undefined;
  return {
    event(about, type, reason, message, annotations) {
      if (queue.length >= QUEUE_MAX) { options.logger.warn('event dropped: too many wait', { reason }); return; }
      queue.push(makeEvent({ about, type, reason, message, annotations }, options));
      wake?.();
    },
    async run(signal) {
      for (;;) {
        const event = queue.shift();
        if (event !== undefined) await record(event, { correlator, signal, ...options });
        else if (signal.aborted) return;
        else await new Promise<void>((resolve) => { const link = onAbort(signal, resolve); wake = () => { link[Symbol.dispose](); resolve(); }; });
      }
    },
  };
}

interface Statement { about: EventSubject; type: string; reason: string; message: string; annotations: Readonly<Record<string, string>> | undefined }

function makeEvent({ about, type, reason, message, annotations }: Statement, { clock, component, host }: EventRecorderOptions): coreV1.Event {
  const { name, namespace, uid, resourceVersion } = about.metadata;
  const nowMs = clock.now();
  const now = formatTime(nowMs);
  return {
    apiVersion: 'v1', kind: 'Event',
    metadata: { name: eventName(name, nowMs), namespace: namespace === undefined || namespace === '' ? 'default' : namespace, ...(annotations && { annotations }) },
    involvedObject: {
      kind: about.kind, apiVersion: about.apiVersion, name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }), ...(about.fieldPath !== undefined && { fieldPath: about.fieldPath }),
    },
    reason, message, type, count: 1, firstTimestamp: now, lastTimestamp: now,
    source: { component, ...(host !== undefined && { host }) },
    reportingComponent: component, reportingInstance: host ?? '',
  };
}

interface Recording extends EventRecorderOptions { correlator: EventCorrelator; signal: AbortSignal }

/** A server that cannot be reached is waited for, and everything behind this event with it; what is refused is dropped. */
async function record(event: coreV1.Event, { correlator, client, clock, logger, signal, rng = systemRng }: Recording): Promise<void> {
  const correlated = correlator.correlate(event);
  if (correlated === undefined) return;
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    try {
      correlator.remember(await write(client, correlated));
      return;
    } catch (error) {
      if (isAbortError(error) || error instanceof StatusError) {
        logger.debug('event refused', { reason: event.reason ?? '', error: errorMessage(error) });
        return;
      }
      if (signal.aborted) return;
      await clock.sleep(RETRY_DELAY_MS * (attempt === 1 ? rng.next() : 1), { signal }).catch(() => undefined); // aborted: the next attempt is the last
    }
  }
  logger.warn('event dropped: no server took it', { reason: event.reason ?? '' });
}

async function write(client: Client, { event, patch }: Correlated): Promise<coreV1.Event> {
  const { name, namespace = 'default' } = event.metadata;
  if (patch !== undefined) {
    try {
      return await client.patch(coreV1Resources.events, { name, namespace }, { type: 'strategic', body: patch });
    } catch (error) { if (!isNotFound(error)) throw error; } // expired meanwhile, or never said: written anew
  }
  return client.create(coreV1Resources.events, event);
}
