import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, errorMessage, KeyedSequencer } from '@kubernode/base';
import type { PodEvents } from '../../events/pod-events.ts';
import { podUid } from '../../pod/pod-facts.ts';
import { linkDevice, unlinkDevice } from '../files/link-device.ts';
import { removeMountPoint } from '../files/remove-mount-point.ts';
import { mountedAt, type MountPoint } from '../mount-info.ts';
import type { Mounter } from '../mounter.ts';
import { VolumeError } from '../volume-error.ts';
import type { SetUpRequest, VolumePlugin } from '../volume-plugin.ts';
import { changeVolumeGroup } from '../volume-group.ts';
import { mountOptionsOf, type VolumeSpec } from '../volume-spec.ts';

const NAME = 'kubernetes.io/local-volume';

export interface LocalDeps { rootDir: string; mounter: Mounter; events: PodEvents; clock: Clock }

/** Directories and disks of this node that an administrator offers as persistent volumes. */
export function createLocalPlugin(deps: LocalDeps): VolumePlugin {
  const sequencer = new KeyedSequencer<string>();
  return {
    name: NAME,
    supportsMountOptions: true,
    supports: ({ persistent }) => persistent?.spec?.local !== undefined,
    uniqueName: ({ name }) => `${NAME}/${name}`,
    requiresRemount: () => false,
    setUp: (request) => sequencer.run(request.spec.name, () => setUp(deps, request)),
    async tearDown({ dir, name, block }) {
      if (block) { await unlinkDevice(dir); return; }
      await removeMountPoint(deps.mounter, dir);
      await sequencer.run(name, () => releaseDisk(deps, name));
    },
  };
}

async function setUp(deps: LocalDeps, request: SetUpRequest): Promise<{ hostPath: string; readOnly: boolean }> {
  const { spec, dir } = request;
  const source = spec.persistent?.spec?.local?.path ?? '';
  if (source === '') throw new VolumeError(`LocalVolume volume "${spec.name}" path is empty`);
  if (source.split('/').includes('..')) throw new VolumeError(`invalid path: ${source} must not contain '..'`);
  const ready = { hostPath: dir, readOnly: spec.readOnly };
  if (spec.block) {
    await linkDevice(dir, await blockDevice(source));
    return ready;
  }
  const mounts = await deps.mounter.list();
  if (mountedAt(mounts, dir) !== undefined) return ready;
  const global = await globalPath(deps, spec, source);
  const isShared = usersOf(deps, await deps.mounter.list(), { global, uid: podUid(request.pod) }) > 0;
  await warnOfGroup(deps, request, { global, isShared });
  await mkdir(dir, { recursive: true, mode: 0o750 });
  try { await deps.mounter.mount({ source: global, target: dir, type: '', options: ['bind', ...(spec.readOnly ? ['ro'] : []), ...mountOptionsOf(spec)] }); } catch (error) {
    await removeMountPoint(deps.mounter, dir);
    throw error;
  }
  if (!spec.readOnly && !isShared) await changeVolumeGroup(deps, request, { dir, readOnly: false });
  return ready;
}

async function blockDevice(source: string): Promise<string> {
  if (!(await stat(source)).isBlockDevice()) throw new VolumeError(`only block device is supported for volumeMode Block: ${source}`);
  return source;
}

/** The directory itself, or where the disk is mounted once for all pods. */
async function globalPath({ rootDir, mounter }: LocalDeps, spec: VolumeSpec, source: string): Promise<string> {
  const stats = await stat(source).catch((error: unknown) => { throw new VolumeError(`path "${source}" does not exist`, { cause: error }); });
  if (stats.isDirectory()) return source;
  if (!stats.isBlockDevice()) throw new VolumeError('only directory and block device are supported');
  const dir = diskDir(rootDir, spec.name);
  if (mountedAt(await mounter.list(), dir) !== undefined) return dir;
  await mkdir(dir, { recursive: true, mode: 0o750 });
  const type = spec.persistent?.spec?.local?.fsType ?? 'ext4';
  try { await mounter.mount({ source, target: dir, type, options: [...(spec.readOnly ? ['ro'] : []), ...mountOptionsOf(spec)] }); } catch (error) {
    await removeMountPoint(mounter, dir);
    throw new VolumeError(`local: failed to mount device ${source} at ${dir} (fstype: ${type}), error ${errorMessage(error)}`, { cause: error });
  }
  return dir;
}

const diskDir = (rootDir: string, name: string): string => path.join(rootDir, 'plugins', 'kubernetes.io', 'local-volume', 'mounts', name);

/** Once no pod has it any more. */
async function releaseDisk({ rootDir, mounter }: LocalDeps, name: string): Promise<void> {
  const dir = diskDir(rootDir, name);
  const mounts = await mounter.list();
  const disk = mountedAt(mounts, dir);
  if (disk === undefined || mounts.some(({ device, point }) => device === disk.device && point !== dir)) return;
  await removeMountPoint(mounter, dir);
}

/** How many other pods have the directory. */
function usersOf({ rootDir }: LocalDeps, mounts: readonly MountPoint[], { global, uid }: { global: string; uid: string }): number {
  const pods = path.join(rootDir, 'pods');
  return mounts.filter(({ root, point }) => point.startsWith(`${pods}/`) && !point.startsWith(`${pods}/${uid}/`) && point.includes('/kubernetes.io~local-volume/') && (global.endsWith(root) || root === '/')).length;
}

async function warnOfGroup({ events }: LocalDeps, { pod, spec }: SetUpRequest, { global, isShared }: { global: string; isShared: boolean }): Promise<void> {
  const wanted = pod.spec?.securityContext?.fsGroup;
  if (wanted === undefined || !isShared) return;
  const { gid } = await stat(global);
  if (gid !== wanted) events.warning(pod, 'AlreadyMountedVolume', `The requested fsGroup is ${wanted}, but the volume ${spec.name} has GID ${gid}. The volume may not be shareable.`);
}
