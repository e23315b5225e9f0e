import { mkdir, rmdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage } from '@kubernode/base';
import { type CsiNode, isFinalPluginError } from '@kubernode/rpc';
import { podUid } from '../../pod/pod-facts.ts';
import { linkDevice, unlinkDevice } from '../files/link-device.ts';
import { errorCode, isMissing } from '../files/error-code.ts';
import { StepError, VolumeError } from '../volume-error.ts';
import type { ReadyVolume, SetUpRequest, TearDownRequest } from '../volume-plugin.ts';
import { type CsiSource, podInfo } from './csi-request.ts';
import { driverSecrets, publishContext } from './csi-calls.ts';
import type { CsiDeps } from './csi-plugin.ts';
import { capabilityOf, driverNode, volDataOf } from './csi-volumes.ts';
import type { DriverObject } from './driver-objects.ts';
import { csiText, saveVolData, VOL_DATA_FILE, type VolData } from './vol-data.ts';

/**
 * Places of a raw CSI volume below `plugins/kubernetes.io/csi/volumeDevices`, as the kubelet has them:
 *
 *     NAME/data/vol_data.json     what is known of it
 *     staging/NAME                where the driver stages it
 *     publish/NAME/POD            the device for one pod; what the pod's directory links to
 */
function placesOf(rootDir: string, { name, uid }: { name: string; uid: string }): { root: string; data: string; staging: string; publishDir: string; device: string } {
  const base = path.join(rootDir, 'plugins', 'kubernetes.io', 'csi', 'volumeDevices');
  const publishDir = path.join(base, 'publish', name);
  return { root: path.join(base, name), data: path.join(base, name, 'data'), staging: path.join(base, 'staging', name), publishDir, device: path.join(publishDir, uid) };
}

export function deviceDataDir(rootDir: string, name: string): string { return placesOf(rootDir, { name, uid: '' }).data; }

/** Has the driver give the pod a raw device. */
export async function setUpDevice(deps: CsiDeps, source: CsiSource, request: SetUpRequest): Promise<ReadyVolume> {
  const { spec, pod, dir } = request;
  const node = driverNode(deps, source.driver, 'blockMapper.SetUpDevice failed to get CSI client');
  const object = await deps.objects.get(source.driver);
  const places = placesOf(deps.rootDir, { name: spec.name, uid: podUid(pod) });
  await mkdir(places.data, { recursive: true, mode: 0o750 });
  await saveVolData(places.data, volDataOf(deps, source, spec.name));
  const call = { source, object, node, request };
  const staged = await stageDevice(deps, call, places);
  await publishDevice(deps, call, { ...places, staging: staged });
  await linkDevice(dir, places.device);
  return { hostPath: dir, readOnly: source.readOnly };
}

interface DeviceCall { source: CsiSource; object: DriverObject | undefined; node: CsiNode; request: SetUpRequest }
type Places = ReturnType<typeof placesOf>;

async function stageDevice(deps: CsiDeps, { source, object, node, request: { pod } }: DeviceCall, { staging }: Places): Promise<string> {
  if (!await deps.drivers.can(node, 'STAGE_UNSTAGE_VOLUME')) return '';
  if (deps.staged.has(staging)) return staging;
  const context = await publishContext(deps, source, object);
  const secrets = await driverSecrets(deps, source.stageSecret, 'NodeStageSecretRef');
  await mkdir(staging, { recursive: true, mode: 0o750 });
  await node.stage({ volumeId: source.volumeHandle, publishContext: context, stagingTargetPath: staging, secrets, volumeContext: source.attributes, volumeCapability: await capabilityOf(deps, { source, node, pod, block: true, mountOptions: [] }) });
  deps.staged.add(staging);
  return staging;
}

async function publishDevice(deps: CsiDeps, { source, object, node, request: { pod } }: DeviceCall, { staging, publishDir, device }: Places): Promise<void> {
  const context = await publishContext(deps, source, object);
  const secrets = await driverSecrets(deps, source.publishSecret, 'NodePublishSecretRef');
  await mkdir(publishDir, { recursive: true, mode: 0o750 });
  try {
    await node.publish({
      volumeId: source.volumeHandle, targetPath: device, stagingTargetPath: staging, readonly: source.readOnly, publishContext: context, secrets,
      volumeCapability: await capabilityOf(deps, { source, node, pod, block: true, mountOptions: [] }),
      volumeContext: { ...source.attributes, ...(object?.spec.podInfoOnMount === true && podInfo(pod, source)) },
    });
  } catch (error) {
    if (isFinalPluginError(error)) await rmdir(publishDir).catch(() => undefined); // of other pods too, perhaps
    throw new StepError('MapVolume.MapPodDevice failed', errorMessage(error), { cause: error });
  }
}

/** Has the driver take the device from the pod. */
export async function tearDownDevice(deps: CsiDeps, { uid, name, dir }: TearDownRequest, data: VolData): Promise<void> {
  const { device } = placesOf(deps.rootDir, { name, uid });
  const node = driverNode(deps, data.driverName, 'blockMapper.UnmapPodDevice failed to get CSI client');
  await node.unpublish({ volumeId: data.volumeHandle, targetPath: device }).catch((error: unknown) => { throw new VolumeError(csiText(`blockMapper.unpublishVolumeForBlock failed: ${errorMessage(error)}`), { cause: error }); });
  await unlinkDevice(dir);
}

/** Has the driver take the device from the node; nothing is done while a pod has it. */
export async function unstageDevice(deps: CsiDeps, name: string, data: VolData): Promise<void> {
  const { root, data: dataDir, staging, publishDir } = placesOf(deps.rootDir, { name, uid: '' });
  if (!await removedIfEmpty(publishDir)) return;
  const node = driverNode(deps, data.driverName, 'blockMapper.TearDownDevice failed to get CSI client');
  if (await isThere(staging) && await deps.drivers.can(node, 'STAGE_UNSTAGE_VOLUME')) {
    await node.unstage({ volumeId: data.volumeHandle, stagingTargetPath: staging }).catch((error: unknown) => { throw new VolumeError(csiText(`blockMapper.unstageVolumeForBlock failed: ${errorMessage(error)}`), { cause: error }); });
  }
  deps.staged.delete(staging);
  await unlink(path.join(dataDir, VOL_DATA_FILE));
  for (const dir of [staging, dataDir, root]) await rmdir(dir).catch((error: unknown) => { if (!isMissing(error)) throw error; });
}

async function removedIfEmpty(dir: string): Promise<boolean> {
  try { await rmdir(dir); return true; } catch (error) {
    if (isMissing(error)) return true;
    if (errorCode(error) === 'ENOTEMPTY') return false;
    throw error;
  }
}

async function isThere(dir: string): Promise<boolean> {
  try { await stat(dir); return true; } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
