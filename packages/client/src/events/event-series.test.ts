import type { eventsV1 } from '@kubernode/api';
import { formatMicroTime } from '@kubernode/apimachinery';
import { createFakeClock } from '@kubernode/testing';
import { EventSeries } from './event-series.ts';

interface Saying { atS: number; note?: string; action?: string; resourceVersion?: string; related?: string }

function event({ note = 'n', action = 'Scheduling', resourceVersion = '1', related }: Saying, nowMs: number): eventsV1.Event {
  return {
    apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: `p.${nowMs}`, namespace: 'ns' }, eventTime: formatMicroTime(nowMs), type: 'Warning', reason: 'FailedScheduling', action, note,
    regarding: { kind: 'Pod', name: 'p', resourceVersion }, ...(related !== undefined && { related: { name: related } }),
  };
}

/** What is written of each event: the name, and the series' count where there is one; then what is settled at the end. */
async function play(sayings: readonly Saying[], settledAtS: number): Promise<string[]> {
  const clock = createFakeClock(0);
  const series = new EventSeries(clock);
  const shown = ({ metadata: { name }, series: continued }: eventsV1.Event): string => `${name}${continued === undefined ? '' : ` x${continued.count} ${continued.lastObservedTime.slice(14, 19)}`}`;
  const written: string[] = [];
  for (const saying of sayings) {
    await clock.advance(saying.atS * 1000 - clock.now());
    const one = series.add(event(saying, clock.now()));
    if (one !== undefined) written.push(shown(one));
  }
  await clock.advance(settledAtS * 1000 - clock.now());
  return [...written, ...series.settle().map((one) => `settled ${shown(one)}`)];
}

test.each<[string, readonly Saying[], number, string[]]>([
  ['a first event is written as it is', [{ atS: 1 }], 2, ['p.1000']],
  ['the second begins a series under the first one\'s name, whatever its note', [{ atS: 1 }, { atS: 2, note: 'other' }], 3, ['p.1000', 'p.1000 x2 00:02']],
  ['further ones are only counted', [{ atS: 1 }, { atS: 2 }, { atS: 3 }, { atS: 4 }], 5, ['p.1000', 'p.1000 x2 00:02']],
  ['another action, version or related object is another event', [{ atS: 1 }, { atS: 2, action: 'Binding' }, { atS: 3, resourceVersion: '2' }, { atS: 4, related: 'q' }], 5, ['p.1000', 'p.2000', 'p.3000', 'p.4000']],
  ['a series that has ended is written for the last time', [{ atS: 1 }, { atS: 2 }, { atS: 3 }], 364, ['p.1000', 'p.1000 x2 00:02', 'settled p.1000 x3 00:03']],
  ['one that goes on is written every half hour', [{ atS: 1 }, { atS: 2 }, { atS: 1801 }], 1802, ['p.1000', 'p.1000 x2 00:02', 'settled p.1000 x3 30:01']],
  ['a single event is never written again', [{ atS: 1 }], 364, ['p.1000']],
])('%s', async (_title, sayings, settledAtS, want) => { expect(await play(sayings, settledAtS)).toEqual(want); });

test('what has ended begins anew', async () => {
  const clock = createFakeClock(0);
  const series = new EventSeries(clock);
  series.add(event({ atS: 0 }, 0));
  await clock.advance(360_001);
  expect(series.settle()).toEqual([]);
  expect(series.add(event({ atS: 361 }, clock.now()))?.series).toBeUndefined();
});
