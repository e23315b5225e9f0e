import { annotationKeys } from '../cri/labels.ts';
import { restartDelay, restartKey } from './restart-delay.ts';
import { aContainer } from './test-states.ts';

const container = { name: 'c', image: 'i' };
const ended = (delayMs: number | undefined, { ranMs = 1000, key = restartKey(container) } = {}) => aContainer({
  phase: 'exited', createdAtMs: 0, finishedAtMs: ranMs,
  annotations: delayMs === undefined ? {} : { [annotationKeys.restartDelay]: String(delayMs), [annotationKeys.restartDelayOf]: key },
});

test.each([
  ['nothing ran yet', undefined, 5000, { waitMs: 0, waitUntilMs: undefined, nextMs: 0 }],
  ['it runs', aContainer(), 5000, { waitMs: 0, waitUntilMs: undefined, nextMs: 0 }],
  ['the first end: at once, 10 s after the next', ended(undefined), 5000, { waitMs: 0, waitUntilMs: undefined, nextMs: 10_000 }],
  ['the second end: 10 s from the end', ended(10_000), 5000, { waitMs: 10_000, waitUntilMs: 11_000, nextMs: 20_000 }],
  ['the delay is over', ended(10_000), 11_000, { waitMs: 10_000, waitUntilMs: undefined, nextMs: 20_000 }],
  ['the clock was set back after the end: at once, not an hour later', { ...ended(10_000), createdAtMs: 3_600_000, finishedAtMs: 3_601_000 }, 5000, { waitMs: 10_000, waitUntilMs: undefined, nextMs: 20_000 }],
  ['never more than 5 min', ended(300_000), 5000, { waitMs: 300_000, waitUntilMs: 301_000, nextMs: 300_000 }],
  ['ten minutes of running: as the first time', ended(80_000, { ranMs: 600_001 }), 600_002, { waitMs: 0, waitUntilMs: undefined, nextMs: 10_000 }],
  ['another image or other resources: as the first time', ended(80_000, { key: restartKey({ ...container, image: 'j' }) }), 5000, { waitMs: 0, waitUntilMs: undefined, nextMs: 10_000 }],
] as const)('restartDelay: %s', (_what, last, nowMs, want) => {
  expect(restartDelay(container, last, nowMs)).toEqual(want);
});
