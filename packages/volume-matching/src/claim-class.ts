import { timeToMs } from '@kubernode/apimachinery';
import type { coreV1, storageV1 } from '@kubernode/api';
import { volumeAnnotations } from './volume-annotations.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Class = Readonly<storageV1.StorageClass>;

/** Finds a StorageClass by name. */
export type ClassOf = (name: string) => Class | undefined;

/** The class a claim asks for; '' for none. */
export function claimClass({ metadata, spec }: Claim): string {
  return metadata.annotations?.[volumeAnnotations.betaStorageClass] ?? spec?.storageClassName ?? '';
}

/** Whether a claim says anything about its class, if only that it wants none. */
export function claimHasClass({ metadata, spec }: Claim): boolean {
  return metadata.annotations?.[volumeAnnotations.betaStorageClass] !== undefined || spec?.storageClassName !== undefined;
}

export function volumeClass({ metadata, spec }: Readonly<coreV1.PersistentVolume>): string {
  return metadata.annotations?.[volumeAnnotations.betaStorageClass] ?? spec?.storageClassName ?? '';
}

/** Whether a claim waits for a pod, so that the scheduler binds it. */
export function isBindingDelayed(claim: Claim, classOf: ClassOf): boolean {
  const name = claimClass(claim);
  return name !== '' && classOf(name)?.volumeBindingMode === 'WaitForFirstConsumer';
}

/** Whether the scheduler asked for a volume of this claim on some node. */
export function isNodeSelected({ metadata }: Claim): boolean {
  return metadata.annotations?.[volumeAnnotations.selectedNode] !== undefined;
}

export function isDefaultClass({ metadata: { annotations } }: Class): boolean {
  return annotations?.[volumeAnnotations.defaultClass] === 'true' || annotations?.[volumeAnnotations.betaDefaultClass] === 'true';
}

/** The class for claims that name none: of several the newest, of equally old ones the first by name. */
export function defaultStorageClass(classes: readonly Class[]): Class | undefined {
  const [chosen] = classes.filter(isDefaultClass).sort((a, b) => createdMs(b) - createdMs(a) || (a.metadata.name < b.metadata.name ? -1 : 1));
  return chosen;
}

function createdMs({ metadata }: Class): number { return timeToMs(metadata.creationTimestamp) ?? 0; }
