import { hostname } from 'node:os';
import { eventsV1Resources, type eventsV1 } from '@kubernode/api';
import { formatMicroTime, isAlreadyExists, isNotFound } from '@kubernode/apimachinery';
import { TaskGroup } from '@kubernode/base';
import type { Client } from '../client.ts';
import { deliver, type DeliveryOptions } from './deliver.ts';
import { eventName } from './event-name.ts';
import { createEventQueue } from './event-queue.ts';
import { EventSeries } from './event-series.ts';
import { eventNamespace, objectReference, type EventSubject } from './event-subject.ts';

export interface SeriesRecorderOptions extends DeliveryOptions {
  client: Client;
  /** Who speaks: `default-scheduler`. */
  component: string;
  /** Where it runs; this host's name by default. */
  host?: string;
}

/** `action` is what was tried (`Scheduling`), `reason` how it went (`FailedScheduling`). */
export interface SeriesStatement { type: 'Normal' | 'Warning'; reason: string; action: string; note: string; related?: EventSubject }

export interface SeriesRecorder {
  /** Queues an event; never waits, never throws. When the queue is full the event is dropped. */
  event(regarding: EventSubject, statement: SeriesStatement): void;
  /** Writes queued events until aborted; then what is left, for a moment. */
  run(signal: AbortSignal): Promise<void>;
}

const SETTLE_EVERY_MS = 60_000;

/** Events as Kubernetes' scheduler writes them: events.k8s.io, with an action and without a count; repeated ones become a series. */
export function createSeriesRecorder(options: SeriesRecorderOptions): SeriesRecorder {
  const { clock, client, logger } = options;
  const series = new EventSeries(clock);
  const queue = createEventQueue<eventsV1.Event>(logger, (event, signal) => deliver(event.reason ?? '', () => writeEvent(client, event), options, signal));
  const settle = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await clock.sleep(SETTLE_EVERY_MS, { signal });
      for (const event of series.settle()) queue.push(event);
    }
  };
  return {
    event(regarding, statement) {
      const event = series.add(makeEvent(regarding, statement, options));
      if (event !== undefined) queue.push(event);
    },
    async run(signal) {
      const group = new TaskGroup(signal);
      group.spawn((inner) => queue.run(inner));
      group.spawn(settle);
      await group.done();
    },
  };
}

function makeEvent(regarding: EventSubject, { type, reason, action, note, related }: SeriesStatement, { clock, rng, component, host = hostname() }: SeriesRecorderOptions): eventsV1.Event {
  const nowMs = clock.now();
  return {
    apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: eventName(regarding.metadata.name, nowMs, rng), namespace: eventNamespace(regarding) },
    eventTime: formatMicroTime(nowMs), reportingController: component, reportingInstance: `${component}-${host}`,
    action, reason, regarding: objectReference(regarding), ...(related !== undefined && { related: objectReference(related) }), note, type,
  };
}

/** The first of a series is created; later its end is moved on the server, unless it has expired there. */
async function writeEvent(client: Client, event: eventsV1.Event): Promise<void> {
  const { series, metadata: { name, namespace = 'default' } } = event;
  const moveOn = async (): Promise<void> => { await client.patch(eventsV1Resources.events, { name, namespace }, { type: 'strategic', body: { series } }); };
  if (series !== undefined) {
    try { await moveOn(); return; } catch (error) { if (!isNotFound(error)) throw error; }
  }
  try { await client.create(eventsV1Resources.events, event); } catch (error) {
    if (series === undefined || !isAlreadyExists(error)) throw error;
    await moveOn(); // the answer to its creation was lost
  }
}
