import { parseQuantity } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import type { Usage } from '@kubernode/quota';
import { isUrgent, newNames, nextStatus, sameAmounts, surplusNames } from './quota-status.ts';

type Amounts = Record<string, string>;

const quota = (hard: Amounts, status?: { hard?: Amounts; used?: Amounts }): coreV1.ResourceQuota => ({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard }, ...(status && { status }) });

const usage = (amounts: Amounts = {}): Usage => new Map(Object.entries(amounts).map(([name, amount]) => [name, parseQuantity(amount)]));

test.each<[string, coreV1.ResourceQuota, Amounts, coreV1.ResourceQuotaStatus | undefined]>([
  ['says what was counted', quota({ pods: '2', cpu: '1' }), { pods: '1', cpu: '500m' }, { hard: { pods: '2', cpu: '1' }, used: { pods: '1', cpu: '500m' } }],
  ['is left alone when it says so already', quota({ cpu: '1' }, { hard: { cpu: '1000m' }, used: { cpu: '0.5' } }), { cpu: '500m' }, undefined],
  ['counts what was not charged', quota({ pods: '2' }, { hard: { pods: '2' }, used: { pods: '1' } }), { pods: '3' }, { hard: { pods: '2' }, used: { pods: '3' } }],
  ['keeps what does not show', quota({ pods: '2' }, { hard: { pods: '2' }, used: { pods: '2' } }), { pods: '1' }, undefined],
  ['changes with the quota, and only what is new begins with what shows', quota({ pods: '3', secrets: '2' }, { hard: { pods: '2', cpu: '1' }, used: { pods: '2', cpu: '1' } }), { pods: '1', secrets: '1' }, { hard: { pods: '3', secrets: '2' }, used: { pods: '2', secrets: '1' } }],
  ['keeps what was not counted', quota({ 'count/widgets.example.com': '3' }, { hard: { 'count/widgets.example.com': '2' }, used: { 'count/widgets.example.com': '1' } }), {}, { hard: { 'count/widgets.example.com': '3' }, used: { 'count/widgets.example.com': '1' } }],
  ['says nothing of what was never counted', quota({ 'count/widgets.example.com': '3' }), {}, { hard: { 'count/widgets.example.com': '3' }, used: {} }],
  ['of a quota without limits stays empty', quota({}), {}, undefined],
])('status %s', (_name, of, counted, expected) => { expect(nextStatus(of, { counted: usage(counted) })).toEqual(expected); });

test.each<[string, { used?: string; counted?: string; released?: string; settled?: string }, string | undefined]>([
  ['gives back what was released', { used: '5', counted: '3', released: '2' }, '3'],
  ['keeps what is under way', { used: '5', counted: '2', released: '2' }, '3'],
  ['never falls below what shows', { used: '5', counted: '4', released: '3' }, '4'],
  ['never falls below nothing', { used: '1', released: '3' }, '0'],
  ['gives back what cannot be counted now', { used: '5', released: '1' }, '4'],
  ['begins with what shows, whatever was released before', { counted: '4', released: '3' }, '4'],
  ['is what was settled', { used: '5', counted: '3', settled: '4' }, '4'],
  ['is what was settled also above', { used: '5', counted: '3', settled: '6' }, '6'],
])('an amount %s', (_name, { used, counted, released, settled }, expected) => {
  const of = (amount: string | undefined): Usage => usage(amount === undefined ? {} : { pods: amount });
  const status = nextStatus(quota({ pods: '9' }, { hard: { pods: '9' }, used: used === undefined ? {} : { pods: used } }), { counted: of(counted), released: of(released), settled: of(settled) });
  expect(status?.used?.['pods']).toBe(expected);
});

test('surplusNames are those of which more is charged than shows, newNames those that are not charged yet', () => {
  const of = quota({ pods: '9', cpu: '9', secrets: '9' }, { hard: { pods: '9', cpu: '9' }, used: { pods: '2', cpu: '2' } });
  expect([surplusNames(of, usage({ pods: '1', cpu: '2000m' })), newNames(of)]).toEqual([['pods'], ['secrets']]);
});

test.each<[string, coreV1.ResourceQuota, boolean]>([
  ['new', quota({ pods: '1' }), true], ['changed', quota({ pods: '2' }, { hard: { pods: '1' }, used: { pods: '0' } }), true], ['not counted', quota({ pods: '1' }, { hard: { pods: '1' } }), true],
  ['not countable', quota({ gadgets: '1' }, { hard: { gadgets: '1' } }), false], ['counted', quota({ pods: '1' }, { hard: { pods: '1' }, used: { pods: '0' } }), false],
])('a quota that is %s is urgent: %p', (_name, of, urgent) => { expect(isUrgent(of, (name) => name === 'pods')).toBe(urgent); });

test('sameAmounts compares amounts, not how they are written', () => {
  expect([sameAmounts({ cpu: '1' }, { cpu: '1000m' }), sameAmounts(undefined, {}), sameAmounts({ cpu: '1' }, { memory: '1' }), sameAmounts({ cpu: '1' }, { cpu: '1', memory: '1' })]).toEqual([true, true, false, false]);
});
