import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage } from '@kubernode/base';
import { isMissing } from '../files/error-code.ts';
import { VolumeError } from '../volume-error.ts';

/** What must be known of a CSI volume to take it away when neither pod nor persistent volume can be asked. As the kubelet writes it. */
export interface VolData {
  specVolID?: string;
  volumeHandle: string;
  driverName: string;
  nodeName?: string;
  attachmentID?: string;
  volumeLifecycleMode?: 'Persistent' | 'Ephemeral';
}

export const VOL_DATA_FILE = 'vol_data.json';

export async function saveVolData(dir: string, data: VolData): Promise<void> {
  const sorted = Object.fromEntries(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeFile(path.join(dir, VOL_DATA_FILE), `${JSON.stringify(sorted)}\n`, { mode: 0o600 });
}

/** Undefined where there is none. */
export async function loadVolData(dir: string): Promise<VolData | undefined> {
  const file = path.join(dir, VOL_DATA_FILE);
  let text: string;
  try { text = await readFile(file, 'utf8'); } catch (error) {
    if (isMissing(error)) return undefined;
    throw new VolumeError(csiText(`failed to open volume data file [${file}]`), { cause: error });
  }
  try { return JSON.parse(text) as VolData; } catch (error) { // our own file, or the kubelet's
    throw new VolumeError(csiText(`failed to parse volume data file [${file}]: ${errorMessage(error)}`), { cause: error });
  }
}

export const CSI_PLUGIN = 'kubernetes.io/csi';

export function csiText(message: string): string { return `${CSI_PLUGIN}: ${message}`; }

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The name of the object by which a volume is attached to a node. */
export function attachmentName({ volumeHandle, driverName, nodeName }: { volumeHandle: string; driverName: string; nodeName: string }): string {
  return `csi-${sha256(`${volumeHandle}${driverName}${nodeName}`)}`;
}

/** The handle of a volume that lives and dies with its pod. */
export function inlineHandle(uid: string, volume: string): string { return `csi-${sha256(`${uid}${volume}`)}`; }

/** Where a volume is staged once for all pods of the node. */
export function stagingDir(rootDir: string, { driverName, volumeHandle }: Pick<VolData, 'driverName' | 'volumeHandle'>): string {
  return path.join(rootDir, 'plugins', 'kubernetes.io', 'csi', driverName, sha256(volumeHandle), 'globalmount');
}
