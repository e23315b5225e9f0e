import { timeToMs } from '@kubernode/apimachinery';
import type { batchV1 } from '@kubernode/api';
import type { NextTime } from './cron-times.ts';

type CronJob = Readonly<batchV1.CronJob>;

/** The clock that wakes us may be a little early. */
const LATE_MS = 100;
/** So many missed times are told: a schedule or a clock is wrong. */
const MISSED_MAX = 100;

/** The last time that should have started a job; undefined when none has come since the one before. */
export interface Due { dueMs: number | undefined; tooManyMissed: boolean }

/** `fault` is why the schedule is none after all: its times do not come. */
export function dueTime(cron: CronJob, next: NextTime, nowMs: number): Due | { fault: string } {
  const recent = mostRecent(cron, next, nowMs, { heedDeadline: true });
  if ('fault' in recent) return recent;
  return { dueMs: recent.ms, tooManyMissed: recent.ms !== undefined && recent.missed > MISSED_MAX };
}

/** How long until the next time. */
export function untilNext(cron: CronJob, next: NextTime, nowMs: number): number | undefined {
  const recent = mostRecent(cron, next, nowMs, { heedDeadline: false });
  const fromMs = 'fault' in recent ? nowMs : recent.ms ?? (recent.missed === 0 ? recent.earliestMs : nowMs);
  const nextMs = next(fromMs);
  return nextMs === undefined ? undefined : Math.max(1, nextMs + LATE_MS - nowMs);
}

interface Recent { earliestMs: number; ms: number | undefined; missed: number }

/** Counts by the distance of the first two times, and walks the last few: a controller may have been away for years. */
function mostRecent({ metadata, spec, status }: CronJob, next: NextTime, nowMs: number, { heedDeadline }: { heedDeadline: boolean }): Recent | { fault: string } {
  const sinceMs = timeToMs(status?.lastScheduleTime) ?? timeToMs(metadata.creationTimestamp) ?? nowMs;
  const deadline = heedDeadline ? spec?.startingDeadlineSeconds : undefined;
  const earliestMs = deadline === undefined ? sinceMs : Math.max(sinceMs, nowMs - deadline * 1000);
  const first = next(earliestMs);
  const second = first === undefined ? undefined : next(first);
  if (first !== undefined && nowMs < first) return { earliestMs, ms: undefined, missed: 0 };
  if (first !== undefined && second !== undefined && nowMs < second) return { earliestMs, ms: first, missed: 0 };
  const betweenSeconds = first === undefined || second === undefined ? 0 : Math.round((second - first) / 1000);
  if (first === undefined || betweenSeconds < 1) return { fault: 'time difference between two schedules is less than 1 second' };
  const missed = Math.floor(Math.floor((nowMs - first) / 1000) / betweenSeconds) + 1;
  let ms: number | undefined;
  for (let time = next(first + (missed - 2) * betweenSeconds * 1000); time !== undefined && time <= nowMs; time = next(time)) ms = time;
  return { earliestMs, ms, missed };
}
