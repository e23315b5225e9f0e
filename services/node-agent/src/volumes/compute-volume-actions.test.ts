import { computeRemoval, computeVolumeAction, retryAtMs, unmountedMessage } from './compute-volume-actions.ts';
import { parseMountInfo, pointsBelow } from './mount-info.ts';

const failure = { message: 'x', count: 3, atMs: 1000 };

test.each([
  [{ isReady: false, failure: undefined }, { followsApi: false, nowMs: 0 }, { kind: 'set-up', isRemount: false }],
  [{ isReady: true, failure: undefined }, { followsApi: false, nowMs: 0 }, { kind: 'keep' }],
  [{ isReady: true, failure: undefined }, { followsApi: true, nowMs: 0 }, { kind: 'set-up', isRemount: true }],
  [{ isReady: false, failure }, { followsApi: false, nowMs: 2999 }, { kind: 'wait', untilMs: 3000 }],
  [{ isReady: false, failure }, { followsApi: false, nowMs: 3000 }, { kind: 'set-up', isRemount: false }],
  [{ isReady: false, failure }, { followsApi: true, nowMs: 1001 }, { kind: 'set-up', isRemount: false }],
  [{ isReady: true, failure }, { followsApi: false, nowMs: 3000 }, { kind: 'set-up', isRemount: true }],
] as const)('computeVolumeAction: %j with %j', (progress, input, expected) => {
  expect(computeVolumeAction(progress, input)).toEqual(expected);
});

test.each([[1, 500], [2, 1000], [9, 122_000], [1000, 122_000]])('retryAtMs: after %d failures %d ms', (count, delayMs) => {
  expect(retryAtMs({ message: 'x', count, atMs: 0 })).toBe(delayMs);
});

const MOUNTS = parseMountInfo(`22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:30 / /k/pods/u/volumes/kubernetes.io~empty-dir/m rw - tmpfs tmpfs rw,size=1k
31 22 8:1 /data/a\\040b /k/pods/u/volume-subpaths/v/c/0 ro,nosuid master:2 - ext4 /dev/sda1 rw
32 31 8:1 / /k/pods/u/volume-subpaths/v/c/0/deep rw - ext4 /dev/sda1 rw
33 22 8:1 / /k/pods/u2/volume-subpaths/v/c/0 rw - ext4 /dev/sda1 rw`);

test('parseMountInfo reads points, roots, types and flags; pointsBelow orders them', () => {
  expect(MOUNTS[2]).toEqual({ device: '8:1', root: '/data/a b', point: '/k/pods/u/volume-subpaths/v/c/0', readOnly: true, type: 'ext4', source: '/dev/sda1' });
  expect(pointsBelow(MOUNTS, '/k/pods/u')).toEqual(['/k/pods/u/volume-subpaths/v/c/0/deep', '/k/pods/u/volume-subpaths/v/c/0', '/k/pods/u/volumes/kubernetes.io~empty-dir/m']);
});

test('computeRemoval: parts of volumes first, deepest first; kinds that nobody knows stay', () => {
  const found = (plugin: string) => ({ plugin, name: 'v', dir: `/k/pods/u/volumes/${plugin}/v`, block: false });
  expect(computeRemoval({ dir: '/k/pods/u', volumes: [found('kubernetes.io~secret'), found('example.com~odd')], mounts: MOUNTS, knownPlugins: new Set(['kubernetes.io~secret']) })).toEqual({
    unmountFirst: ['/k/pods/u/volume-subpaths/v/c/0/deep', '/k/pods/u/volume-subpaths/v/c/0'], tearDown: [found('kubernetes.io~secret')], unknown: [found('example.com~odd')],
  });
});

test('unmountedMessage is the kubelet\'s sentence', () => {
  expect(unmountedMessage({ unmounted: ['b', 'a'], unattached: ['b'], unprocessed: [], cause: 'context deadline exceeded' })).toBe('unmounted volumes=[a b], unattached volumes=[b], failed to process volumes=[]: context deadline exceeded');
});
