import { mkdir, rmdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage } from '@kubernode/base';
import { type CsiNode, type CsiVolumeCapability, isFinalPluginError } from '@kubernode/rpc';
import type { Pod } from '../../pod/pod-facts.ts';
import { isMissing } from '../files/error-code.ts';
import { removeMountPoint } from '../files/remove-mount-point.ts';
import { mountedAt } from '../mount-info.ts';
import type { Mounter } from '../mounter.ts';
import { StepError, VolumeError } from '../volume-error.ts';
import { changeVolumeGroup } from '../volume-group.ts';
import type { ReadyVolume, SetUpRequest, TearDownRequest } from '../volume-plugin.ts';
import { mountOptionsOf } from '../volume-spec.ts';
import { appliesGroup, type CsiSource, lifecycleFault, podInfo, volumeCapability } from './csi-request.ts';
import { driverSecrets, driverTokens, publishContext } from './csi-calls.ts';
import type { CsiDeps } from './csi-plugin.ts';
import type { DriverObject } from './driver-objects.ts';
import { attachmentName, csiText, loadVolData, saveVolData, stagingDir, VOL_DATA_FILE, type VolData } from './vol-data.ts';

interface Publication { source: CsiSource; object: DriverObject | undefined; node: CsiNode }

/** Has the driver stage the volume, once for the node, and publish it to the pod. */
export async function setUpFiles(deps: CsiDeps, source: CsiSource, request: SetUpRequest): Promise<ReadyVolume> {
  const node = driverNode(deps, source.driver, 'mounter.SetUpAt failed to get CSI client');
  const object = await deps.objects.get(source.driver);
  const fault = lifecycleFault(object, source);
  if (fault !== undefined) throw new VolumeError(csiText(`mounter.SetupAt failed to check volume lifecycle mode: ${fault}`));
  const target = path.join(request.dir, 'mount');
  const publication = { source, object, node };
  const staged = await stageOnce(deps, publication, request);
  await publish(deps, publication, { request, target, staged });
  const delegated = await deps.drivers.can(node, 'VOLUME_MOUNT_GROUP');
  if (!request.isRemount && !delegated && appliesGroup(object, source)) {
    await changeVolumeGroup(deps, request, { dir: target, readOnly: source.readOnly })
      .catch((error: unknown) => { throw new VolumeError(`applyFSGroup failed for vol ${source.volumeHandle}: ${errorMessage(error)}`, { cause: error }); });
  }
  return { hostPath: target, readOnly: source.readOnly };
}

/** Throws for a driver that has not registered: it may come. */
export function driverNode({ drivers }: Pick<CsiDeps, 'drivers'>, name: string, step: string): CsiNode {
  try { return drivers.node(name); } catch (error) { throw new VolumeError(csiText(`${step}: ${errorMessage(error)}`), { cause: error }); }
}

/** Resolves to where it is staged; empty for drivers that have no such step. */
async function stageOnce(deps: CsiDeps, { source, object, node }: Publication, { spec, pod }: SetUpRequest): Promise<string> {
  if (source.lifecycle === 'Ephemeral') return '';
  const canStage = await deps.drivers.can(node, 'STAGE_UNSTAGE_VOLUME');
  if (!canStage) return '';
  const stagingTargetPath = stagingDir(deps.rootDir, { driverName: source.driver, volumeHandle: source.volumeHandle });
  if (deps.staged.has(stagingTargetPath)) return stagingTargetPath;
  const context = await publishContext(deps, source, object);
  try {
    const secrets = await driverSecrets(deps, source.stageSecret, 'NodeStageSecretRef');
    await mkdir(stagingTargetPath, { recursive: true, mode: 0o750 });
    await saveVolData(path.dirname(stagingTargetPath), { driverName: source.driver, volumeHandle: source.volumeHandle });
    await node.stage({ volumeId: source.volumeHandle, publishContext: context, stagingTargetPath, secrets, volumeContext: source.attributes, volumeCapability: await capabilityOf(deps, { source, node, pod, block: false, mountOptions: mountOptionsOf(spec) }) });
  } catch (error) {
    if (isFinalPluginError(error)) await removeMountDir(deps.mounter, stagingTargetPath);
    throw new StepError('MountVolume.MountDevice failed', errorMessage(error), { cause: error });
  }
  deps.staged.add(stagingTargetPath);
  return stagingTargetPath;
}

interface CapabilityOf { source: CsiSource; node: CsiNode; pod: Pod; block: boolean; mountOptions: readonly string[] }

export async function capabilityOf({ drivers }: CsiDeps, { source, node, pod, block, mountOptions }: CapabilityOf): Promise<CsiVolumeCapability> {
  const [multiWriter, delegated] = [await drivers.can(node, 'SINGLE_NODE_MULTI_WRITER'), await drivers.can(node, 'VOLUME_MOUNT_GROUP')];
  return volumeCapability({ source, block, mountOptions, multiWriter, gid: delegated ? pod.spec?.securityContext?.fsGroup : undefined });
}

interface Target { request: SetUpRequest; target: string; staged: string }

async function publish(deps: CsiDeps, { source, object, node }: Publication, { request: { pod, spec, isRemount }, target, staged }: Target): Promise<void> {
  const context = await publishContext(deps, source, object);
  const dataDir = path.dirname(target);
  await mkdir(dataDir, { recursive: true, mode: 0o750 });
  const secrets = await driverSecrets(deps, source.publishSecret, 'NodePublishSecretRef');
  const tokens = await driverTokens(deps, pod, object);
  const inSecrets = object?.spec.serviceAccountTokenInSecrets === true;
  await saveVolData(dataDir, volDataOf(deps, source, spec.name));
  try {
    await node.publish({
      volumeId: source.volumeHandle, targetPath: target, stagingTargetPath: staged, readonly: source.readOnly, publishContext: context,
      volumeCapability: await capabilityOf(deps, { source, node, pod, block: false, mountOptions: mountOptionsOf(spec) }),
      volumeContext: { ...source.attributes, ...(object?.spec.podInfoOnMount === true && podInfo(pod, source)), ...(!inSecrets && tokens) },
      secrets: { ...secrets, ...(inSecrets && tokens) },
    });
  } catch (error) {
    if (isFinalPluginError(error) && !isRemount) await removeMountDir(deps.mounter, target); // after an unfinished call it is for the pod's end
    throw error;
  }
}

export function volDataOf({ nodeName }: Pick<CsiDeps, 'nodeName'>, { volumeHandle, driver, lifecycle }: CsiSource, specVolID: string): VolData {
  return { specVolID, volumeHandle, driverName: driver, nodeName, volumeLifecycleMode: lifecycle, attachmentID: attachmentName({ volumeHandle, driverName: driver, nodeName }) };
}

/** Where nothing is mounted any more: the directory, what is known of the volume, and its parent. */
export async function removeMountDir(mounter: Mounter, dir: string): Promise<void> {
  if (mountedAt(await mounter.list(), dir) !== undefined) return;
  const parent = path.dirname(dir);
  for (const remove of [() => rmdir(dir), () => unlink(path.join(parent, VOL_DATA_FILE)), () => rmdir(parent)]) {
    await remove().catch((error: unknown) => { if (!isMissing(error)) throw new VolumeError(csiText(`failed to remove dir [${dir}]: ${errorMessage(error)}`), { cause: error }); });
  }
}

/** Has the driver take the volume from the pod, and from the node when no other pod there has it. */
export async function tearDownFiles(deps: CsiDeps, { dir }: TearDownRequest, data: VolData): Promise<void> {
  const target = path.join(dir, 'mount');
  const node = driverNode(deps, data.driverName, 'Unmounter.TearDownAt failed to get CSI client');
  await node.unpublish({ volumeId: data.volumeHandle, targetPath: target }).catch((error: unknown) => { throw new VolumeError(csiText(`Unmounter.TearDownAt failed: ${errorMessage(error)}`), { cause: error }); });
  await removeMountDir(deps.mounter, target).catch((error: unknown) => { throw new VolumeError(csiText(`Unmounter.TearDownAt failed to clean mount dir [${target}]: ${errorMessage(error)}`), { cause: error }); });
  if (mountedAt(await deps.mounter.list(), target) !== undefined) throw new VolumeError(csiText(`Unmounter.TearDownAt failed: ${target} is still mounted`));
}

/** Has the driver take back a volume that it staged. */
export async function unstage(deps: CsiDeps, data: Pick<VolData, 'driverName' | 'volumeHandle'>): Promise<void> {
  const staging = stagingDir(deps.rootDir, data);
  if (await loadVolData(path.dirname(staging)) === undefined) return; // never staged
  const node = driverNode(deps, data.driverName, 'attacher.UnmountDevice failed to create newCsiDriverClient');
  if (await deps.drivers.can(node, 'STAGE_UNSTAGE_VOLUME')) {
    await node.unstage({ volumeId: data.volumeHandle, stagingTargetPath: staging }).catch((error: unknown) => { throw new VolumeError(csiText(`attacher.UnmountDevice failed: ${errorMessage(error)}`), { cause: error }); });
  }
  await removeMountDir(deps.mounter, staging);
  deps.staged.delete(staging);
}

/** A volume of which nothing is known: its directories go once nothing is mounted there. */
export async function removeUnknown(mounter: Mounter, dir: string): Promise<void> {
  await removeMountPoint(mounter, path.join(dir, 'mount'));
  await removeMountPoint(mounter, dir);
}
