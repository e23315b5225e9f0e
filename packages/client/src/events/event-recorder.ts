import { formatTime, isNotFound } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { Client } from '../client.ts';
import { deliver, type DeliveryOptions } from './deliver.ts';
import { EventCorrelator, type Correlated } from './event-correlator.ts';
import { eventName } from './event-name.ts';
import { createEventQueue } from './event-queue.ts';
import { eventNamespace, objectReference, type EventSubject } from './event-subject.ts';

export interface EventRecorderOptions extends DeliveryOptions {
  client: Client;
  /** Who speaks: `deployment-controller`, `kubelet`. */
  component: string;
  /** The node, for kubelets. */
  host?: string | undefined;
}

export interface EventRecorder {
  /** Queues an event; never waits, never throws. When the queue is full the event is dropped. */
  event(about: EventSubject, type: 'Normal' | 'Warning', reason: string, message: string, annotations?: Readonly<Record<string, string>>): void;
  /** Writes queued events until aborted; then what is left, for a moment. */
  run(signal: AbortSignal): Promise<void>;
}

/** Events as Kubernetes' components write them: core v1, repeated ones counted up, floods aggregated and then dropped. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const correlator = new EventCorrelator(options.clock, options.rng);
  const queue = createEventQueue<coreV1.Event>(options.logger, (event, signal) => record(event, { correlator, signal, ...options }));
  return {
    event: (about, type, reason, message, annotations) => { queue.push(makeEvent({ about, type, reason, message, annotations }, options)); },
    run: (signal) => queue.run(signal),
  };
}

interface Statement { about: EventSubject; type: string; reason: string; message: string; annotations: Readonly<Record<string, string>> | undefined }

function makeEvent({ about, type, reason, message, annotations }: Statement, { clock, rng, component, host }: EventRecorderOptions): coreV1.Event {
  const nowMs = clock.now();
  const now = formatTime(nowMs);
  return {
    apiVersion: 'v1', kind: 'Event',
    metadata: { name: eventName(about.metadata.name, nowMs, rng), namespace: eventNamespace(about), ...(annotations && { annotations }) },
    involvedObject: objectReference(about),
    reason, message, type, count: 1, firstTimestamp: now, lastTimestamp: now,
    source: { component, ...(host !== undefined && { host }) },
    reportingComponent: component, reportingInstance: host ?? '',
  };
}

interface Recording extends EventRecorderOptions { correlator: EventCorrelator; signal: AbortSignal }

async function record(event: coreV1.Event, { correlator, client, signal, ...options }: Recording): Promise<void> {
  const correlated = correlator.correlate(event);
  if (correlated === undefined) return;
  await deliver(event.reason ?? '', async () => { correlator.remember(await write(client, correlated)); }, options, signal);
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
