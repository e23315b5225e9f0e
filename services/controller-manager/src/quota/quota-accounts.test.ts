import { quantityFromNumber } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { createFakeClock } from '@kubernode/testing';
import { QuotaAccounts, SETTLED_MS } from './quota-accounts.ts';

const quota = (resourceVersion: string, uid = 'u'): coreV1.ResourceQuota => ({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', uid, resourceVersion } });
const pods = (count: number): Map<string, ReturnType<typeof quantityFromNumber>> => new Map([['pods', quantityFromNumber(count)]]);

test('a quota settles when others have left it alone for long enough; own writes leave it alone', async () => {
  const clock = createFakeClock();
  const accounts = new QuotaAccounts(clock);
  expect(accounts.settlesInMs('n/q', quota('1'))).toBe(SETTLED_MS);
  expect([accounts.observe('n/q', quota('1')), accounts.observe('n/q', quota('1'))]).toEqual([true, false]);
  await clock.advance(1000);
  accounts.wrote('n/q', quota('1'), quota('2'));
  expect([accounts.observe('n/q', quota('2')), accounts.settlesInMs('n/q', quota('2')), accounts.settlesInMs('n/q', quota('1'))]).toEqual([false, SETTLED_MS - 1000, SETTLED_MS]);
  accounts.wrote('n/q', quota('3'), quota('4')); // somebody wrote 3
  expect(accounts.settlesInMs('n/q', quota('4'))).toBe(SETTLED_MS);
  await clock.advance(SETTLED_MS);
  expect(accounts.settlesInMs('n/q', quota('4'))).toBe(0);
  expect([accounts.observe('n/q', quota('4', 'v')), accounts.settlesInMs('n/q', quota('4', 'v'))]).toEqual([true, SETTLED_MS]);
});

test('what was released adds up until it is taken, and is the business of that quota alone', () => {
  const accounts = new QuotaAccounts(createFakeClock());
  accounts.release('n/q', pods(1)); // not known
  accounts.observe('n/q', quota('1'));
  expect(accounts.hasReleased('n/q')).toBe(false);
  accounts.release('n/q', pods(1));
  accounts.release('n/q', pods(2));
  expect(accounts.take('n/q')).toEqual(pods(3));
  expect(accounts.hasReleased('n/q')).toBe(false);
  accounts.release('n/q', pods(3));
  accounts.observe('n/q', quota('1', 'v')); // another quota of that name
  expect([accounts.hasReleased('n/q'), accounts.take('n/q')]).toEqual([false, new Map()]);
});

test('a quota that was counted first is starting for a while', async () => {
  const clock = createFakeClock();
  const accounts = new QuotaAccounts(clock);
  accounts.observe('n/q', quota('1'));
  expect(accounts.isStarting('n/q')).toBe(false);
  accounts.started('n/q');
  expect(accounts.isStarting('n/q')).toBe(true);
  await clock.advance(SETTLED_MS);
  expect(accounts.isStarting('n/q')).toBe(false);
});
