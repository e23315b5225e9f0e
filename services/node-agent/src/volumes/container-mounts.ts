import { chmod, mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { coreV1 } from '@kubernode/api';
import type { cri } from '@kubernode/rpc';
import { ContainerConfigError } from '../pod/compute-environment.ts';
import { expandVariables } from '../pod/expand-variables.ts';
import type { Container } from '../pod/pod-facts.ts';
import type { MountedVolumes } from './volume-manager.ts';

export interface MountsInput {
  container: Container;
  volumes: MountedVolumes;
  /** Volumes of the pod that nobody may write, whatever a mount says. */
  readOnlyVolumes?: ReadonlySet<string>;
  environment: ReadonlyMap<string, string>;
  etcHosts: string;
  terminationLog: string;
}

const PROPAGATION: Readonly<Record<string, cri.MountPropagation>> = { None: 'PROPAGATION_PRIVATE', HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER', Bidirectional: 'PROPAGATION_BIDIRECTIONAL' };
const HOSTS = '/etc/hosts';

/** The bind mounts of a container: its volumes, the hosts file, and the file for its last words. Makes sub-paths that are not there. */
export async function containerMounts({ container, volumes, readOnlyVolumes = new Set(), environment, etcHosts, terminationLog }: MountsInput): Promise<cri.Mount[]> {
  const mounts: cri.Mount[] = [];
  for (const mount of container.volumeMounts ?? []) mounts.push(await volumeMount(readOnlyVolumes.has(mount.name) ? { ...mount, readOnly: true } : mount, volumes, environment));
  if (!mounts.some(({ containerPath }) => containerPath === HOSTS)) mounts.push({ containerPath: HOSTS, hostPath: etcHosts });
  const terminationPath = container.terminationMessagePath ?? '/dev/termination-log';
  if (terminationPath !== '') mounts.push({ containerPath: terminationPath, hostPath: terminationLog });
  return mounts;
}

async function volumeMount(mount: coreV1.VolumeMount, volumes: MountedVolumes, environment: ReadonlyMap<string, string>): Promise<cri.Mount> {
  const root = volumes.get(mount.name);
  if (root === undefined) throw new ContainerConfigError(`cannot find volume "${mount.name}" to mount into container`);
  const subPath = mount.subPathExpr === undefined || mount.subPathExpr === '' ? mount.subPath ?? '' : expandVariables(mount.subPathExpr, environment);
  return {
    containerPath: path.isAbsolute(mount.mountPath) ? mount.mountPath : `/${mount.mountPath}`,
    hostPath: subPath === '' ? root : await prepareSubPath(root, subPath),
    readonly: mount.readOnly === true,
    propagation: PROPAGATION[mount.mountPropagation ?? 'None'] ?? 'PROPAGATION_PRIVATE',
  };
}

async function prepareSubPath(root: string, subPath: string): Promise<string> {
  if (path.isAbsolute(subPath)) throw new ContainerConfigError(`error SubPath \`${subPath}\` must not be an absolute path`);
  if (subPath.split('/').includes('..')) throw new ContainerConfigError('unable to use subPath: must not contain \'..\'');
  const target = path.join(root, subPath);
  const found = await stat(target).catch(() => undefined); // missing is made
  if (found === undefined) {
    await mkdir(target, { recursive: true });
    await chmod(target, (await stat(root)).mode & 0o7777); // writable by whoever may write the volume
  }
  const [realRoot, realTarget] = await Promise.all([realpath(root), realpath(target)]);
  // A container may have put a link into the volume that leads out of it.
  if (realTarget !== realRoot && !realTarget.startsWith(`${realRoot}/`)) throw new ContainerConfigError(`subPath "${subPath}" not within volume path`);
  return realTarget;
}
