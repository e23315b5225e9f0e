import type { ObjectMeta } from '@kubernode/apimachinery';
import { createFakeClock } from '@kubernode/testing';
import { OverduePods } from './overdue-pods.ts';

const pod = (uid: string, grace?: number): { metadata: ObjectMeta } => ({ metadata: { name: 'x', uid, ...(grace !== undefined && { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: grace }) } });

test('a pod is due when its time to end is over twice, and overdue from then on when somebody marks it', async () => {
  const clock = createFakeClock();
  const overdue = new OverduePods(clock);
  const [before, going] = [pod('u'), pod('u', 30)];
  overdue.observe({ key: 'n/x', object: before });
  overdue.observe({ key: 'n/x', object: going, previous: before });
  await clock.advance(59_000);
  overdue.observe({ key: 'n/x', object: going, previous: going });
  expect(overdue.isDue(going)).toBe(false);
  await clock.advance(1001);
  expect([overdue.isDue(going), overdue.has(going)]).toEqual([true, false]);
  overdue.mark(going);
  expect([overdue.isDue(going), overdue.has(going)]).toEqual([false, true]);
});

test('a pod that went, or never was to go, is not overdue', async () => {
  const clock = createFakeClock();
  const overdue = new OverduePods(clock);
  overdue.observe({ key: 'n/x', object: pod('u', 0) });
  overdue.mark(pod('u', 0));
  overdue.observe({ key: 'n/x', object: pod('v'), previous: pod('u', 0) });
  await clock.advance(60_000);
  expect([overdue.has(pod('u')), overdue.isDue(pod('u')), overdue.isDue(pod('v'))]).toEqual([false, false, false]);
});
