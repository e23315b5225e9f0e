import type { coreV1 } from '@kubernode/api';
import { silentLogger } from '@kubernode/component-base';
import { containerDevices, containerMounts, volumeGroups } from './container-mounts.ts';
import type { MountedVolume } from './volume-manager.ts';

const volume = (own: Partial<MountedVolume>): MountedVolume => ({ hostPath: '/v', readOnly: false, block: false, gid: undefined, bindSubPath: ({ subPath, container, index }) => Promise.resolve(`bound:${subPath}:${container}:${index}`), ...own });
const volumes = new Map([
  ['rw', volume({ hostPath: '/v/rw' })], ['ro', volume({ hostPath: '/v/ro', readOnly: true })], ['disk', volume({ hostPath: '/v/disk', block: true, gid: 7 })], ['rodisk', volume({ hostPath: '/v/rodisk', block: true, readOnly: true, gid: 7 })],
  ['image', volume({ hostPath: undefined, readOnly: true, image: { image: 'sha256:1', userSpecifiedImage: 'i:1' } })], ['broken', volume({ bindSubPath: () => Promise.reject(new Error('/etc/shadow is a link')) })],
]);

async function mounted(mount: Partial<coreV1.VolumeMount>, { rro = false }: { rro?: boolean } = {}): Promise<unknown> {
  const container = { name: 'c', volumeMounts: [{ name: 'rw', mountPath: '/data', ...mount }] } as coreV1.Container;
  const environment = new Map([['NAME', 'x'], ['EMPTY', '']]);
  return containerMounts({ container, volumes, environment, etcHosts: '/hosts', terminationLog: '/log', supportsRecursiveReadOnly: rro, logger: silentLogger }).then(([first]) => first, (error: Error) => error.message);
}

const PRIVATE = { containerPath: '/data', readonly: false, propagation: 'PROPAGATION_PRIVATE' };

test.each<[Partial<coreV1.VolumeMount>, unknown]>([
  [{}, { ...PRIVATE, hostPath: '/v/rw' }],
  [{ readOnly: true, mountPath: 'data' }, { ...PRIVATE, hostPath: '/v/rw', readonly: true }],
  [{ name: 'ro' }, { ...PRIVATE, hostPath: '/v/ro', readonly: true }],
  [{ mountPropagation: 'Bidirectional' }, { ...PRIVATE, hostPath: '/v/rw', propagation: 'PROPAGATION_BIDIRECTIONAL' }],
  [{ mountPropagation: 'Sideways' }, 'invalid MountPropagation mode: "Sideways"'],
  [{ subPath: 'a/b' }, { ...PRIVATE, hostPath: 'bound:a/b:c:0' }],
  [{ subPathExpr: 'a/$(NAME)/$$(NAME)' }, { ...PRIVATE, hostPath: 'bound:a/x/$(NAME):c:0' }],
  [{ subPathExpr: '$(EMPTY)/$(NONE)' }, 'missing value for EMPTY, NONE'],
  [{ subPath: '/etc' }, 'error SubPath `/etc` must not be an absolute path'],
  [{ subPath: 'a/../..' }, 'unable to provision SubPath `a/../..`: must not contain \'..\''],
  [{ name: 'broken', subPath: 'x' }, 'failed to prepare subPath for volumeMount "broken" of container "c"'],
  [{ name: 'nothing' }, 'cannot find volume "nothing" to mount into container "c"'],
  [{ name: 'disk' }, 'cannot find volume "disk" to mount into container "c"'],
  [{ name: 'image', subPath: 'sub' }, { ...PRIVATE, readonly: true, image: { image: 'sha256:1', userSpecifiedImage: 'i:1' }, imageSubPath: 'sub' }],
  [{ recursiveReadOnly: 'IfPossible', readOnly: true }, { ...PRIVATE, hostPath: '/v/rw', readonly: true }],
  [{ recursiveReadOnly: 'Enabled', readOnly: true }, 'failed to resolve recursive read-only mode: volume "rw" requested recursive read-only mode, but it is not supported by the runtime'],
  [{ recursiveReadOnly: 'Enabled' }, 'failed to resolve recursive read-only mode: volume "rw" requested recursive read-only mode, but it is not read-only'],
])('containerMounts: %j', async (mount, expected) => {
  expect(await mounted(mount)).toEqual(expected);
});

test('containerMounts: a runtime that can makes all below unwritable', async () => {
  expect(await mounted({ recursiveReadOnly: 'IfPossible', readOnly: true }, { rro: true })).toMatchObject({ readonly: true, recursiveReadOnly: true });
});

test('containerDevices and volumeGroups: raw devices with their permissions, each group once', () => {
  const container = { name: 'c', volumeDevices: [{ name: 'disk', devicePath: '/dev/a' }, { name: 'rodisk', devicePath: '/dev/b' }] } as coreV1.Container;
  expect(containerDevices(container, volumes)).toEqual([{ containerPath: '/dev/a', hostPath: '/v/disk', permissions: 'mrw' }, { containerPath: '/dev/b', hostPath: '/v/rodisk', permissions: 'r' }]);
  expect(() => containerDevices({ ...container, volumeDevices: [{ name: 'rw', devicePath: '/dev/a' }] }, volumes)).toThrow('cannot find volume "rw" to pass into container "c"');
  expect(() => containerDevices({ ...container, volumeDevices: [{ name: 'disk', devicePath: 'dev/a' }] }, volumes)).toThrow('error DevicePath `dev/a` must be an absolute path');
  expect(volumeGroups(volumes)).toEqual([7]);
});
