import { parseQuantity } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { isUrgent, nextStatus, sameAmounts } from './quota-status.ts';

type Amounts = Record<string, string>;

const quota = (hard: Amounts, status?: { hard?: Amounts; used?: Amounts }): coreV1.ResourceQuota => ({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard }, ...(status && { status }) });

test.each<[string, coreV1.ResourceQuota, Amounts, coreV1.ResourceQuotaStatus | undefined]>([
  ['says what was counted', quota({ pods: '2', cpu: '1' }), { pods: '1', cpu: '500m' }, { hard: { pods: '2', cpu: '1' }, used: { pods: '1', cpu: '500m' } }],
  ['is left alone when it says so already', quota({ cpu: '1' }, { hard: { cpu: '1000m' }, used: { cpu: '0.5' } }), { cpu: '500m' }, undefined],
  ['changes with what is used', quota({ pods: '2' }, { hard: { pods: '2' }, used: { pods: '2' } }), { pods: '1' }, { hard: { pods: '2' }, used: { pods: '1' } }],
  ['changes with the quota', quota({ pods: '3' }, { hard: { pods: '2', cpu: '1' }, used: { pods: '1', cpu: '1' } }), { pods: '1' }, { hard: { pods: '3' }, used: { pods: '1' } }],
  ['keeps what was not counted', quota({ 'count/widgets.example.com': '3' }, { hard: { 'count/widgets.example.com': '2' }, used: { 'count/widgets.example.com': '1' } }), {}, { hard: { 'count/widgets.example.com': '3' }, used: { 'count/widgets.example.com': '1' } }],
  ['says nothing of what was never counted', quota({ 'count/widgets.example.com': '3' }), {}, { hard: { 'count/widgets.example.com': '3' }, used: {} }],
  ['of a quota without limits stays empty', quota({}), {}, undefined],
])('status %s', (_name, of, counted, expected) => {
  expect(nextStatus(of, new Map(Object.entries(counted).map(([name, amount]) => [name, parseQuantity(amount)])))).toEqual(expected);
});

test.each<[string, coreV1.ResourceQuota, boolean]>([
  ['new', quota({ pods: '1' }), true], ['changed', quota({ pods: '2' }, { hard: { pods: '1' }, used: { pods: '0' } }), true], ['not counted', quota({ pods: '1' }, { hard: { pods: '1' } }), true],
  ['not countable', quota({ gadgets: '1' }, { hard: { gadgets: '1' } }), false], ['counted', quota({ pods: '1' }, { hard: { pods: '1' }, used: { pods: '0' } }), false],
])('a quota that is %s is urgent: %p', (_name, of, urgent) => { expect(isUrgent(of, (name) => name === 'pods')).toBe(urgent); });

test('sameAmounts compares amounts, not how they are written', () => {
  expect([sameAmounts({ cpu: '1' }, { cpu: '1000m' }), sameAmounts(undefined, {}), sameAmounts({ cpu: '1' }, { memory: '1' }), sameAmounts({ cpu: '1' }, { cpu: '1', memory: '1' })]).toEqual([true, true, false, false]);
});
