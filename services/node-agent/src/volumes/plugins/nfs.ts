import { mkdir, rmdir } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import type { coreV1 } from '@kubernode/api';
import { removeMountPoint } from '../files/remove-mount-point.ts';
import { mountedAt } from '../mount-info.ts';
import type { Mounter } from '../mounter.ts';
import type { VolumePlugin } from '../volume-plugin.ts';
import { mountOptionsOf, type VolumeSpec } from '../volume-spec.ts';

/** Exports of an NFS server, mounted by the host's own mount.nfs. */
export function createNfsPlugin({ mounter }: { mounter: Mounter }): VolumePlugin {
  return {
    name: 'kubernetes.io/nfs',
    supportsMountOptions: true,
    supports: (spec) => sourceOf(spec) !== undefined,
    uniqueName: (spec) => `kubernetes.io/nfs/${sourceOf(spec)?.server ?? ''}/${sourceOf(spec)?.path ?? ''}`,
    requiresRemount: () => false,
    async setUp({ spec, dir }) {
      const { server = '', path = '', readOnly: inlineReadOnly = false } = sourceOf(spec) ?? {};
      const readOnly = spec.inline === undefined ? spec.readOnly : inlineReadOnly;
      if (mountedAt(await mounter.list(), dir) !== undefined) return { hostPath: dir, readOnly };
      await mkdir(dir, { recursive: true, mode: 0o750 });
      const options = [...new Set([...mountOptionsOf(spec), ...(readOnly ? ['ro'] : [])])].sort();
      try { await mounter.mount({ source: `${isIPv6(server) ? `[${server}]` : server}:${path}`, target: dir, type: 'nfs', options }); } catch (error) {
        await rmdir(dir).catch(() => undefined); // left for the pod's end when it is not empty
        throw error;
      }
      return { hostPath: dir, readOnly };
    },
    tearDown: ({ dir }) => removeMountPoint(mounter, dir),
  };
}

function sourceOf({ inline, persistent }: VolumeSpec): coreV1.NFSVolumeSource | undefined { return (inline ?? persistent?.spec)?.nfs; }
