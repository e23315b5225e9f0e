import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import path from 'node:path';
import type { coreV1 } from '@kubernode/api';
import { bytes } from '../../pod/amounts.ts';
import { type Container, initContainers, isSidecar, mainContainers, type Pod, podUid } from '../../pod/pod-facts.ts';
import { podDir } from '../../pod/pod-paths.ts';
import { changeGroup } from '../files/change-group.ts';
import { removeTree } from '../files/remove-tree.ts';
import { mountedAt } from '../mount-info.ts';
import type { Mounter } from '../mounter.ts';
import { VolumeError } from '../volume-error.ts';
import type { TearDownRequest, VolumePlugin } from '../volume-plugin.ts';

export interface EmptyDirDeps { rootDir: string; mounter: Mounter; nodeMemoryBytes: number }

/** A directory that a pod begins with, kept in memory where it asks for that; other kinds of volumes lie in one of these. */
export interface EmptyDirs {
  make(request: { pod: Pod; dir: string; volume: string; source: coreV1.EmptyDirVolumeSource; gid?: number | undefined }): Promise<void>;
  remove(request: TearDownRequest): Promise<void>;
}

const NAME = 'kubernetes.io/empty-dir';
const HUGE_PAGES = 'HugePages';

export function createEmptyDirPlugin(emptyDirs: EmptyDirs): VolumePlugin {
  return {
    name: NAME,
    supportsMountOptions: false,
    supports: ({ inline }) => inline?.emptyDir !== undefined,
    uniqueName: ({ name }, pod) => `${NAME}/${podUid(pod)}-${name}`,
    requiresRemount: () => false,
    async setUp({ spec, pod, dir }) {
      await emptyDirs.make({ pod, dir, volume: spec.name, source: spec.inline?.emptyDir ?? {}, gid: pod.spec?.securityContext?.fsGroup });
      return { hostPath: dir, readOnly: false };
    },
    tearDown: (request) => emptyDirs.remove(request),
  };
}

/** Makes them as the kubelet does, with its marks for what is ready. */
export function createEmptyDirs(deps: EmptyDirDeps): EmptyDirs {
  const { mounter } = deps;
  const markDir = (uid: string, volume: string): string => path.join(podDir(deps.rootDir, uid), 'plugins', 'kubernetes.io~empty-dir', volume);
  return {
    async make({ pod, dir, volume, source, gid }) {
      const { medium = '' } = source;
      const marks = markDir(podUid(pod), volume);
      const mounted = medium !== '' && mountedAt(await mounter.list(), dir) !== undefined;
      if (existsSync(path.join(marks, 'ready')) && (medium === '' ? existsSync(dir) : mounted)) return;
      await mkdir(dir, { recursive: true, mode: 0o750 });
      if (!mounted) {
        await chmod(dir, 0o777); // mkdir's mode is cut by the umask
        if (medium !== '') await mounter.mount({ ...memoryMount(deps, { pod, source }), target: dir });
      }
      if (gid !== undefined) await changeGroup(dir, { gid, readOnly: false });
      await mkdir(marks, { recursive: true, mode: 0o750 });
      await writeFile(path.join(marks, 'ready'), '');
    },
    async remove({ uid, name, dir }) {
      await rm(markDir(uid, name), { recursive: true, force: true });
      for (const point of await mounter.mountsBelow(dir)) await mounter.unmount(point);
      await removeTree(dir);
    },
  };
}

function memoryMount(deps: EmptyDirDeps, { pod, source }: { pod: Pod; source: coreV1.EmptyDirVolumeSource }): { source: string; type: string; options: readonly string[] } {
  const { medium = '' } = source;
  if (medium === 'Memory') return { source: 'tmpfs', type: 'tmpfs', options: [`size=${memorySize(pod, source, deps.nodeMemoryBytes)}`, ...(canForbidSwap(release()) ? ['noswap'] : [])] };
  if (medium === HUGE_PAGES || medium.startsWith(`${HUGE_PAGES}-`)) return { source: 'nodev', type: 'hugetlbfs', options: [`pagesize=${hugePageSize(pod, medium)}`] };
  throw new VolumeError(`unknown storage medium "${medium}"`);
}

/** Kernels since 6.4 can keep a tmpfs out of swap, where secrets must not land. */
function canForbidSwap(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 4);
}

/** The least of what the volume may have, what its pod may have, and what all pods may have. */
export function memorySize(pod: Pod, { sizeLimit }: coreV1.EmptyDirVolumeSource, nodeMemoryBytes: number): number {
  return [podMemoryLimit(pod), bytes(sizeLimit)].reduce((least, limit) => (limit > 0 && limit <= least ? limit : least), nodeMemoryBytes);
}

/** 0 where any container has no limit. */
function podMemoryLimit(pod: Pod): number {
  const ofPod = bytes(pod.spec?.resources?.limits?.['memory']);
  if (ofPod > 0) return ofPod;
  const limitOf = ({ resources }: Container): number => bytes(resources?.limits?.['memory']);
  const lasting = [...mainContainers(pod), ...initContainers(pod).filter(isSidecar)].map(limitOf);
  if (lasting.includes(0)) return 0;
  return Math.max(lasting.reduce((sum, limit) => sum + limit, 0), ...initContainers(pod).map(limitOf));
}

/** The page size that the medium names, or that the containers ask for; throws where they ask for none. */
export function hugePageSize(pod: Pod, medium: string): string {
  const requests = [pod.spec?.resources?.requests ?? {}, ...[...mainContainers(pod), ...initContainers(pod)].map(({ resources }) => resources?.requests ?? {})];
  const sizes = new Set(requests.flatMap((list) => Object.keys(list)).filter((name) => name.startsWith('hugepages-')).map((name) => name.slice('hugepages-'.length)));
  if (medium === HUGE_PAGES && sizes.size > 1) throw new VolumeError(`medium: ${medium} can't be used if container requests multiple huge page sizes`);
  const wanted = medium === HUGE_PAGES ? undefined : bytes(medium.slice(HUGE_PAGES.length + 1));
  const found = [...sizes].find((size) => wanted === undefined || bytes(size) === wanted);
  if (found === undefined) throw new VolumeError(`medium ${medium}: hugePages storage requested, but there is no resource request for huge pages`);
  return found;
}
