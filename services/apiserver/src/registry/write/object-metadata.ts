import type { Rng } from '@kubernode/base';
import { formatTime, generateName, internalErrorWithoutReason, newUid, type KubeObject, type ObjectMeta } from '@kubernode/apimachinery';

/** Takes what only the server may have given. Admission sees a new object so: without uid, and without a name that is yet to be made. */
export function wipeSystemFields({ metadata }: KubeObject): void {
  delete metadata.uid;
  delete metadata.creationTimestamp;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}

/** Gives a new object what only the server may give. */
export function fillForCreate({ metadata }: KubeObject, { namespace, now, rng }: { namespace: string; now: number; rng: Rng }): void {
  if (namespace !== '') metadata.namespace = namespace;
  if (isEmpty(metadata.name)) metadata.name = isEmpty(metadata.generateName) ? '' : generateName(metadata.generateName ?? '', rng); // rules measure it before it is refused
  metadata.uid = newUid(rng);
  metadata.creationTimestamp = formatTime(now);
}

/** The store's own word on what is about to be created. @throws StatusError */
export function refuseRevision({ metadata: { resourceVersion = '' } }: KubeObject): void {
  if (/^0*[1-9]\d*$/.test(resourceVersion)) throw internalErrorWithoutReason('resourceVersion should not be set on objects to be created');
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
