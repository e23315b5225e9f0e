import { objectKey } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { reachesNode, volumeAnnotations } from '@kubernode/volume-matching';
import type { NodeView } from '../../cache/node-table.ts';
import type { PluginHandle } from '../../framework/plugin.ts';
import type { AssumedObjects } from './assumed-objects.ts';
import type { PodVolumes } from './find-volumes.ts';
import { isFullyBound } from './pod-claims.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;

const POLL_MS = 200;

export interface BindVolumesOptions {
  handle: Pick<PluginHandle, 'client' | 'clock'>;
  claims: AssumedObjects<coreV1.PersistentVolumeClaim>;
  volumes: AssumedObjects<coreV1.PersistentVolume>;
  timeoutMs: number;
}

/** Writes what was decided, and waits until the controllers and provisioners have done their part. Throws when that fails. */
export async function bindVolumes({ bindings, provisions }: PodVolumes, node: NodeView, { handle, claims, volumes, timeoutMs }: BindVolumesOptions, signal: AbortSignal): Promise<void> {
  const { client, clock } = handle;
  for (const { volume } of bindings) await client.update(coreV1Resources.persistentvolumes, volume as coreV1.PersistentVolume, { signal }); // sent, not changed
  for (const claim of provisions) await client.update(coreV1Resources.persistentvolumeclaims, claim as coreV1.PersistentVolumeClaim, { signal }); // likewise
  const wanted = [...bindings.map(({ claim }) => claim), ...provisions];
  const selected = new Set(provisions.map(({ metadata }) => objectKey(metadata)));
  for (const until = clock.monotonicNow() + timeoutMs; ;) {
    if (wanted.every((claim) => isReady(claim, node, { claims, volumes, isSelected: selected.has(objectKey(claim.metadata)) }))) return;
    if (clock.monotonicNow() >= until) throw new Error('binding volumes: context deadline exceeded');
    await clock.sleep(POLL_MS, { signal });
  }
}

/** Throws when it never will be. */
function isReady(wanted: Claim, node: NodeView, { claims, volumes, isSelected }: Pick<BindVolumesOptions, 'claims' | 'volumes'> & { isSelected: boolean }): boolean {
  const key = objectKey(wanted.metadata);
  const claim = claims.seen(key);
  if (claim === undefined) throw new Error(`binding volumes: failed to check ${isSelected ? 'provisioning pvc' : 'binding'}: could not find object "${key}"`);
  if (claim.metadata.resourceVersion === wanted.metadata.resourceVersion) return false; // our own change is not seen yet
  if (isSelected) {
    if (claim.metadata.annotations === undefined) throw new Error(`binding volumes: selectedNode annotation reset for PVC "${claim.metadata.name}"`);
    if (claim.metadata.annotations[volumeAnnotations.selectedNode] !== node.name) throw new Error(`binding volumes: provisioning failed for PVC "${claim.metadata.name}"`);
  }
  const { volumeName = '' } = claim.spec ?? {};
  const volume: Volume | undefined = volumeName === '' ? undefined : volumes.seen(volumeName);
  if (volume !== undefined && !reachesNode(volume, node.labels)) throw new Error(`binding volumes: pv "${volumeName}" node affinity doesn't match node "${node.name}": no matching NodeSelectorTerms`);
  return volume !== undefined && isFullyBound(claim);
}
