import type { eventsV1 } from '@kubernode/api';
import { formatMicroTime, timeToMs } from '@kubernode/apimachinery';
import { LruMap, type Clock } from '@kubernode/base';

const ENTRIES_MAX = 4096;
const ENDS_AFTER_MS = 360_000;
const REFRESHED_EVERY_MS = 1_800_000;

interface Entry { event: eventsV1.Event; writtenMs: number }

/**
 * Which events continue others. Two are of one series when all but their note and time is the same; of a series the server learns that it began, by its
 * second event, how far it is every half hour, and how many there were when none came for six minutes. The next one begins anew.
 */
export class EventSeries {
  readonly #clock: Clock;
  readonly #entries = new LruMap<string, Entry>(ENTRIES_MAX);

  constructor(clock: Clock) { this.#clock = clock; }

  /** What to write of an event; undefined for one that is only counted. */
  add(event: eventsV1.Event): eventsV1.Event | undefined {
    const key = seriesKey(event);
    const writtenMs = this.#clock.now();
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#entries.set(key, { event, writtenMs });
      return event;
    }
    const count = (entry.event.series?.count ?? 1) + 1;
    const continued = { ...entry.event, series: { count, lastObservedTime: formatMicroTime(writtenMs) } };
    const isSecond = entry.event.series === undefined;
    this.#entries.set(key, { event: continued, writtenMs: isSecond ? writtenMs : entry.writtenMs });
    return isSecond ? continued : undefined;
  }

  /** Forgets what has ended; returns the series whose count has to be written. */
  settle(): eventsV1.Event[] {
    const nowMs = this.#clock.now();
    const due: eventsV1.Event[] = [];
    for (const [key, { event, writtenMs }] of this.#entries.entries()) {
      const hasEnded = nowMs - lastMs(event) > ENDS_AFTER_MS;
      if (event.series !== undefined && (hasEnded || nowMs - writtenMs >= REFRESHED_EVERY_MS)) due.push(event);
      if (hasEnded) this.#entries.delete(key);
      else if (due.at(-1) === event) this.#entries.set(key, { event, writtenMs: nowMs });
    }
    return due;
  }
}

function lastMs({ series, eventTime }: eventsV1.Event): number { return timeToMs(series?.lastObservedTime ?? eventTime) ?? 0; }

function seriesKey({ type, action, reason, reportingController, reportingInstance, regarding, related }: eventsV1.Event): string {
  return JSON.stringify([type, action, reason, reportingController, reportingInstance, regarding, related]);
}
