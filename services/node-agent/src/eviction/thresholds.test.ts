import { parseThresholds, showObserved, showValue } from './thresholds.ts';

const settings = { hard: {}, soft: {}, softGracePeriod: {}, minimumReclaim: {}, enforcePods: false };
const shown = (extra: Partial<Parameters<typeof parseThresholds>[0]>): string[] => parseThresholds({ ...settings, ...extra }).map(({ signal, value, graceMs, minReclaim }) => `${signal} ${showValue(value, 1000)} ${graceMs}${minReclaim ? ` +${showValue(minReclaim, 1000)}` : ''}`);

test.each([
  ['hard', { hard: { 'memory.available': '100Mi', 'nodefs.available': '10%' } }, ['memory.available 100Mi 0', 'nodefs.available 100 0']],
  ['switched off', { hard: { 'memory.available': '0%', 'nodefs.available': '100%' } }, []],
  ['soft with grace and reclaim', { soft: { 'pid.available': '5%' }, softGracePeriod: { 'pid.available': '1m30s' }, minimumReclaim: { 'pid.available': '7' } }, ['pid.available 50 90000 +7']],
  ['memory of pods', { hard: { 'memory.available': '1Gi' }, enforcePods: true }, ['memory.available 1Gi 0', 'allocatableMemory.available 1Gi 0']],
])('parseThresholds: %s', (_what, extra, want) => { expect(shown(extra)).toEqual(want); });

test.each([
  [{ hard: { 'disk.free': '1' } }, 'unrecognized eviction signal disk.free'], [{ hard: { 'memory.available': '0' } }, 'eviction threshold memory.available must be positive: 0'],
  [{ hard: { 'memory.available': '101%' } }, 'eviction percentage threshold memory.available must be <= 100%: 101%'], [{ hard: { 'memory.available': '-1%' } }, 'eviction percentage threshold memory.available must be >= 0%: -1%'],
  [{ soft: { 'memory.available': '1Gi' } }, 'grace period must be specified for the soft eviction threshold memory.available'], [{ softGracePeriod: { 'memory.available': '-1s' } }, 'invalid eviction grace period specified: -1s, must be a positive value'],
  [{ minimumReclaim: { 'memory.available': '-1' } }, 'negative eviction minimum reclaim specified for memory.available'], [{ minimumReclaim: { 'memory.available': '0%' } }, 'eviction percentage minimum reclaim memory.available must be positive: 0%'],
])('parseThresholds: %j is refused', (extra, fault) => { expect(() => shown(extra)).toThrow(fault); });

test('showObserved: bytes by powers of two, counts by powers of ten', () => { expect([showObserved('memory.available', 50 * 2 ** 20), showObserved('nodefs.inodesFree', 5000)]).toEqual(['50Mi', '5k']); });
