import { coreV1Resources, storageV1Resources, type coreV1 } from '@kubernode/api';
import { claimNamesOf } from '@kubernode/volume-matching';
import { differ, onNode, onResource, type EventRegistration } from '../../framework/cluster-event.ts';
import { volumeLimit } from './find-volumes.ts';

type Pod = Readonly<coreV1.Pod>;

const MIGRATED = 'storage.alpha.kubernetes.io/migrated-plugins';

/** Which changes may let a pod be placed that its volumes kept away. */
export const volumeBindingEvents: readonly EventRegistration[] = [
  onResource(storageV1Resources.storageclasses, ['Add', 'Update'], (_pod, { before, after }) => before === undefined || differ(before.allowedTopologies, after?.allowedTopologies)),
  onResource(coreV1Resources.persistentvolumeclaims, ['Add', 'Update'], (pod, { after }) => usesClaim(pod, after)),
  onResource(coreV1Resources.persistentvolumes, ['Add', 'Update']),
  onNode(['Add', 'UpdateNodeLabel']),
  onResource(storageV1Resources.csinodes, ['Add', 'Update'], (_pod, { before, after }) => before === undefined || before.metadata.annotations?.[MIGRATED] !== after?.metadata.annotations?.[MIGRATED]),
  onResource(storageV1Resources.csidrivers, ['Update'], ({ spec }, { before, after }) => before?.spec.storageCapacity === true && after?.spec.storageCapacity !== true && spec?.volumes?.some(({ csi }) => csi?.driver === after?.metadata.name) === true),
  onResource(storageV1Resources.csistoragecapacities, ['Add', 'Update'], (_pod, { before, after }) => {
    const [was, is] = [before && volumeLimit(before), after && volumeLimit(after)];
    return before === undefined || (is !== undefined && (was === undefined || is > was));
  }),
];


export function usesClaim(pod: Pod, claim: Readonly<coreV1.PersistentVolumeClaim> | undefined): boolean {
  return claim !== undefined && claim.metadata.namespace === pod.metadata.namespace && claimNamesOf(pod).includes(claim.metadata.name);
}
