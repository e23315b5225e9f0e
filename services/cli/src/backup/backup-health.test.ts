import { backupFault } from './backup-health.ts';

const HOUR_MS = 3_600_000;
const now = 100 * HOUR_MS;
const archive = (ageHours: number): { createdAt: number; file: string } => ({ createdAt: now - ageHours * HOUR_MS, file: 'a' });
const failure = { atMs: now, message: 'no space left on device' };

test.each([
  ['a new one', { newest: archive(1) }, undefined],
  ['none yet, of a schedule that has just begun', { newest: undefined, sinceMs: now - HOUR_MS }, undefined],
  ['none, of a schedule that runs for long', { newest: undefined }, 'overdue'],
  ['an old one, of a schedule that runs for long', { newest: archive(30) }, 'overdue'],
  ['an old one, of a cluster that was down', { newest: archive(30), sinceMs: now - HOUR_MS }, undefined],
  ['a failure since the newest', { newest: archive(1), failure }, 'failed: no space left on device'],
])('backupFault: %s', (_, state, fault) => {
  expect(backupFault({ everyMs: 12 * HOUR_MS, sinceMs: 0, failure: undefined, ...state }, now)).toBe(fault);
});
