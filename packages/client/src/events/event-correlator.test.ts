import type { coreV1 } from '@kubernode/api';
import { formatTime } from '@kubernode/apimachinery';
import { seededRng } from '@kubernode/base';
import { createFakeClock, type FakeClock } from '@kubernode/testing';
import { EventCorrelator, type Correlated } from './event-correlator.ts';
import { eventName } from './event-name.ts';

const rng = seededRng(1);

interface Saying { message?: string; reason?: string; type?: string; pod?: string; fieldPath?: string; source?: string }

function event({ message = 'm', reason = 'R', type = 'Normal', pod = 'p', fieldPath, source = 'c' }: Saying, nowMs: number): coreV1.Event {
  const now = formatTime(nowMs);
  return {
    apiVersion: 'v1', kind: 'Event', metadata: { name: eventName(pod, nowMs, rng), namespace: 'ns', annotations: { a: 'b' } }, involvedObject: { kind: 'Pod', name: pod, namespace: 'ns', ...(fieldPath && { fieldPath }) },
    reason, type, message, count: 1, firstTimestamp: now, lastTimestamp: now, source: { component: source }, reportingComponent: source, reportingInstance: '',
  };
}

/** Says things one after the other, and gives what came of the last. */
async function say(sayings: readonly Saying[], { everyMs = 5000, clock = createFakeClock(1_000_000) }: { everyMs?: number; clock?: FakeClock } = {}): Promise<Correlated | undefined> {
  const correlator = new EventCorrelator(clock, rng);
  let last: Correlated | undefined;
  for (const saying of sayings) {
    await clock.advance(everyMs);
    last = correlator.correlate(event(saying, clock.now()));
    if (last !== undefined) correlator.remember(last.event);
  }
  return last;
}

const times = (count: number, saying: (index: number) => Saying): Saying[] => Array.from({ length: count }, (_, index) => saying(index));
const different = (index: number): Saying => ({ message: `m${index}` });
const shown = (correlated: Correlated | undefined): unknown => correlated && [correlated.event.message, correlated.event.count, correlated.patch !== undefined];

test.each<[string, readonly Saying[], number, unknown]>([
  ['a first event is new', times(1, () => ({})), 5000, ['m', 1, false]],
  ['an equal one is counted', times(2, () => ({})), 5000, ['m', 2, true]],
  ['one of another object is new', [{}, { pod: 'q' }], 5000, ['m', 1, false]],
  ['one of another container is new', [{ fieldPath: 'spec.containers{a}' }, { fieldPath: 'spec.containers{b}' }], 5000, ['m', 1, false]],
  ['nine messages are told one by one', times(9, different), 5000, ['m8', 1, false]],
  ['from the tenth on they are combined', times(10, different), 5000, ['(combined from similar events): m9', 1, false]],
  ['the combined ones are counted', times(12, different), 5000, ['(combined from similar events): m11', 3, true]],
  ['but not one that repeats itself', [...times(11, different), { message: 'm10' }], 5000, ['m10', 1, false]],
  ['messages with long pauses are never combined', times(14, different), 601_000, ['m13', 1, false]],
  ['an equal one within an hour is counted', times(2, () => ({})), 3_600_000, ['m', 2, true]],
  ['an equal one after more is new, as it is to the server', times(2, () => ({})), 3_600_001, ['m', 1, false]],
  ['reasons are not alike', times(14, (index) => ({ reason: `R${index}` })), 5000, ['m', 1, false]],
  ['the 25th is told', times(25, () => ({})), 1, ['m', 25, true]],
  ['the 26th is not', times(26, () => ({})), 1, undefined],
  ['whatever its reason', [...times(25, () => ({})), { reason: 'Other' }], 1, undefined],
  ['but one of another type is', [...times(25, () => ({})), { type: 'Warning' }], 1, ['m', 1, false]],
  ['and one of another source', [...times(25, () => ({})), { source: 'd' }], 1, ['m', 1, false]],
  ['and one after five minutes, with all those counted that were not told', times(30, () => ({})), 60_000, ['m', 30, true]],
])('%s', async (_title, sayings, everyMs, want) => { expect(shown(await say(sayings, { everyMs }))).toEqual(want); });

test('a counted event has the first one\'s name and beginning; what changes is patched', async () => {
  const clock = createFakeClock(1_000_000);
  const correlated = await say([{}, {}], { clock });
  expect([correlated?.event.metadata.name.split('.')[0], correlated?.event.firstTimestamp, correlated?.patch]).toEqual(['p', formatTime(1_005_000), { count: 2, lastTimestamp: formatTime(1_010_000), message: 'm' }]);
});

test('a combined event stands for all: it has a name and a beginning of its own, and no annotations', async () => {
  const correlated = await say(times(10, different));
  expect(correlated?.event).toMatchObject({ metadata: { namespace: 'ns' }, firstTimestamp: formatTime(1_050_000), source: { component: 'c' } });
  expect([correlated?.event.metadata.annotations, correlated?.event.reportingComponent]).toEqual([undefined, undefined]);
});

test.each([['web-1', /^web-1\.[0-9a-f]{16}$/], ['system:node:a', /^[0-9a-f]{32}$/], ['a'.repeat(250), /^[0-9a-f]{32}$/]])('eventName about %s', (about, want) => { expect(eventName(about, 1_780_000_000_000, rng)).toMatch(want); });
