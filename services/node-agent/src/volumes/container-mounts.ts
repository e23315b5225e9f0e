import path from 'node:path';
import type { coreV1 } from '@kubernode/api';
import { errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { cri } from '@kubernode/rpc';
import { ContainerConfigError } from '../pod/container-config-error.ts';
import { expandVariables } from '../pod/expand-variables.ts';
import type { Container } from '../pod/pod-facts.ts';
import type { MountedVolume, MountedVolumes } from './volume-manager.ts';

export interface MountsInput {
  container: Container;
  volumes: MountedVolumes;
  environment: ReadonlyMap<string, string>;
  etcHosts: string;
  terminationLog: string;
  /** The runtime can make a mount and all below it unwritable. */
  supportsRecursiveReadOnly?: boolean;
  logger: Logger;
}

const PROPAGATION: Readonly<Record<string, cri.MountPropagation>> = { None: 'PROPAGATION_PRIVATE', HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER', Bidirectional: 'PROPAGATION_BIDIRECTIONAL' };
const HOSTS = '/etc/hosts';

/** The bind mounts of a container: its volumes, the hosts file, and the file for its last words. Makes sub-paths that are not there. */
export async function containerMounts(input: MountsInput): Promise<cri.Mount[]> {
  const { container, etcHosts, terminationLog } = input;
  const mounts: cri.Mount[] = [];
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) mounts.push(await volumeMount(mount, index, input));
  if (!mounts.some(({ containerPath }) => containerPath === HOSTS)) mounts.push({ containerPath: HOSTS, hostPath: etcHosts });
  const terminationPath = container.terminationMessagePath ?? '/dev/termination-log';
  if (terminationPath !== '') mounts.push({ containerPath: terminationPath, hostPath: terminationLog });
  return mounts;
}

async function volumeMount(mount: coreV1.VolumeMount, index: number, input: MountsInput): Promise<cri.Mount> {
  const { container, volumes, supportsRecursiveReadOnly = false } = input;
  const volume = volumes.get(mount.name);
  if (volume === undefined || volume.block) throw new ContainerConfigError(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
  if (volume.fault !== undefined) throw volume.fault;
  const subPath = subPathOf(mount, input.environment);
  return {
    containerPath: path.isAbsolute(mount.mountPath) ? mount.mountPath : `/${mount.mountPath}`,
    readonly: mount.readOnly === true || volume.readOnly,
    propagation: propagationOf(mount),
    ...(isRecursiveReadOnly(mount, supportsRecursiveReadOnly) && { recursiveReadOnly: true }),
    ...(volume.image === undefined ? { hostPath: await hostPathOf(volume, { mount, subPath, index }, input) } : { image: volume.image, imageSubPath: subPath }),
  };
}

function subPathOf({ subPath = '', subPathExpr = '' }: coreV1.VolumeMount, environment: ReadonlyMap<string, string>): string {
  const expanded = subPathExpr === '' ? subPath : expandSubPath(subPathExpr, environment);
  if (path.isAbsolute(expanded)) throw new ContainerConfigError(`error SubPath \`${expanded}\` must not be an absolute path`);
  if (expanded.split('/').includes('..')) throw new ContainerConfigError(`unable to provision SubPath \`${expanded}\`: must not contain '..'`);
  return expanded;
}

/** Variables that are missing or empty make it fail: a path must not lose a component. */
function expandSubPath(expression: string, environment: ReadonlyMap<string, string>): string {
  const named = [...expression.matchAll(/\$\$|\$\(([^)]*)\)/g)].flatMap(([, name]) => (name === undefined ? [] : [name]));
  const missing = new Set(named.filter((name) => (environment.get(name) ?? '') === ''));
  if (missing.size > 0) throw new ContainerConfigError(`missing value for ${[...missing].sort().join(', ')}`);
  return expandVariables(expression, environment);
}

function propagationOf({ mountPropagation = 'None' }: coreV1.VolumeMount): cri.MountPropagation {
  const found = PROPAGATION[mountPropagation];
  if (found === undefined) throw new ContainerConfigError(`invalid MountPropagation mode: "${mountPropagation}"`);
  return found;
}

function isRecursiveReadOnly({ name, readOnly, mountPropagation = 'None', recursiveReadOnly = 'Disabled' }: coreV1.VolumeMount, supported: boolean): boolean {
  const fault = (why: string): ContainerConfigError => new ContainerConfigError(`failed to resolve recursive read-only mode: ${why}`);
  if (recursiveReadOnly === 'Disabled') return false;
  if (readOnly !== true) throw fault(`volume "${name}" requested recursive read-only mode, but it is not read-only`);
  if (mountPropagation !== 'None') throw fault(`volume "${name}" requested recursive read-only mode, but it is not compatible with propagation "${mountPropagation}"`);
  if (recursiveReadOnly !== 'IfPossible' && recursiveReadOnly !== 'Enabled') throw fault(`unknown recursive read-only mode "${recursiveReadOnly}"`);
  if (recursiveReadOnly === 'Enabled' && !supported) throw fault(`volume "${name}" requested recursive read-only mode, but it is not supported by the runtime`);
  return supported;
}

async function hostPathOf(volume: MountedVolume, { mount, subPath, index }: { mount: coreV1.VolumeMount; subPath: string; index: number }, { container, logger }: MountsInput): Promise<string> {
  if (subPath === '') return volume.hostPath ?? '';
  try { return await volume.bindSubPath({ subPath, container: container.name, index }); } catch (error) {
    logger.warn('cannot prepare a subPath', { container: container.name, volume: mount.name, error: errorMessage(error) });
    throw new ContainerConfigError(`failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}"`); // why would tell of the host's files
  }
}

/** The raw devices of a container. */
export function containerDevices(container: Container, volumes: MountedVolumes): cri.Device[] {
  return (container.volumeDevices ?? []).map(({ name, devicePath }) => {
    if (!path.isAbsolute(devicePath)) throw new ContainerConfigError(`error DevicePath \`${devicePath}\` must be an absolute path`);
    const volume = volumes.get(name);
    if (volume?.hostPath === undefined || !volume.block) throw new ContainerConfigError(`cannot find volume "${name}" to pass into container "${container.name}"`);
    return { containerPath: devicePath, hostPath: volume.hostPath, permissions: volume.readOnly ? 'r' : 'mrw' };
  });
}

/** The groups that volumes add to those of the pod's containers. */
export function volumeGroups(volumes: MountedVolumes): number[] {
  return [...new Set([...volumes.values()].flatMap(({ gid }) => (gid === undefined ? [] : [gid])))];
}
