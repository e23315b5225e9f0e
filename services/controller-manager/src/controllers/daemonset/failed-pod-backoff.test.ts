import { FailedPodBackoff } from './failed-pod-backoff.ts';

const MINUTE = 60_000;

test('waits longer with each failure, up to fifteen minutes', () => {
  const backoff = new FailedPodBackoff();
  const waits: number[] = [];
  let nowMs = 0;
  for (let i = 0; i < 13; i++) {
    waits.push(backoff.waitMs('k', nowMs) / 1000);
    nowMs += backoff.waitMs('k', nowMs);
    backoff.note('k', nowMs);
  }
  expect(waits).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
});

test('forgets after half an hour without failures, and keeps keys apart', () => {
  const backoff = new FailedPodBackoff();
  for (const at of [0, 5000]) backoff.note('k', at);
  expect([backoff.waitMs('k', 6000), backoff.waitMs('other', 6000), backoff.waitMs('k', 31 * MINUTE)]).toEqual([1000, 0, 0]);
  backoff.note('k', 31 * MINUTE);
  expect(backoff.waitMs('k', 31 * MINUTE)).toBe(1000);
});

test('holds a bounded number of keys, the latest', () => {
  const backoff = new FailedPodBackoff();
  for (let i = 0; i <= 10_000; i++) backoff.note(`k${i}`, 0);
  expect([backoff.waitMs('k0', 0), backoff.waitMs('k1', 0), backoff.waitMs('k10000', 0)]).toEqual([0, 1000, 1000]);
});
