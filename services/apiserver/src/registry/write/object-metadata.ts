import type { Rng } from '@kubernode/base';
import { formatTime, generateName, internalErrorWithoutReason, newUid, type KubeObject, type ObjectMeta } from '@kubernode/apimachinery';

/** Gives a new object what only the server may give, and takes what only the server may have given. */
export function fillForCreate(object: KubeObject, { namespace, now, rng }: { namespace: string; now: number; rng: Rng }): void {
  const { metadata } = object;
  if (metadata.resourceVersion !== undefined && /^0*[1-9]\d*$/.test(metadata.resourceVersion)) {
    throw internalErrorWithoutReason('resourceVersion should not be set on objects to be created');
  }
  delete metadata.resourceVersion;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  if (namespace !== '') metadata.namespace = namespace;
  if (isEmpty(metadata.name)) metadata.name = isEmpty(metadata.generateName) ? '' : generateName(metadata.generateName ?? '', rng); // rules measure it before it is refused
  metadata.uid = newUid(rng);
  metadata.creationTimestamp = formatTime(now);
}

function isEmpty(text: string | undefined): boolean {
  return text === undefined || text === '';
}

/** Keeps what an update may not change, whatever the client sent. */
export function keepForUpdate(object: KubeObject, old: Readonly<KubeObject>): void {
  const { metadata } = object;
  keep(metadata, old.metadata, 'generation');
  if (isEmpty(metadata.uid)) keep(metadata, old.metadata, 'uid');
  keep(metadata, old.metadata, 'creationTimestamp');
  if (old.metadata.deletionTimestamp !== undefined) keep(metadata, old.metadata, 'deletionTimestamp');
  if (old.metadata.deletionGracePeriodSeconds !== undefined && metadata.deletionGracePeriodSeconds === undefined) keep(metadata, old.metadata, 'deletionGracePeriodSeconds');
  delete metadata.selfLink;
}

function keep<K extends keyof ObjectMeta>(metadata: ObjectMeta, old: Readonly<ObjectMeta>, field: K): void {
  if (old[field] === undefined) delete metadata[field];
  else metadata[field] = old[field];
}
