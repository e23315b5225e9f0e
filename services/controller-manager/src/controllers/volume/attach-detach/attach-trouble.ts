import { goQuote, timeToMs } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { allowsManyNodes, isAttached } from './attachment.ts';
import type { NodeScene, Wanted } from './node-scene.ts';

type Pod = Readonly<coreV1.Pod>;

/** Why a volume that pods wait for is not attached yet. */
export interface Trouble {
  /** Users are told again when it changes. */
  sign: string;
  messageFor(pod: Pod): string;
}

/** How long a driver may take before users are told that it does. */
const DRIVER_TIMEOUT_MS = 120_000;

/** What users are to know about a volume their pods wait for; undefined while all is as it should be. */
export function troubleWith(name: string, wanted: Wanted, { held }: Pick<NodeScene, 'held'>, nowMs: number): Trouble | undefined {
  const attachment = held.get(name)?.attachment;
  if (attachment === undefined) return isTakenElsewhere(wanted) ? multiAttachTrouble(wanted) : undefined;
  if (isAttached(attachment) || attachment.metadata.deletionTimestamp !== undefined) return undefined;
  const error = attachment.status?.attachError;
  if (error !== undefined) return failed(wanted, `error ${error.time ?? ''} ${error.message ?? ''}`, error.message ?? '');
  const periods = Math.floor((nowMs - (timeToMs(attachment.metadata.creationTimestamp) ?? nowMs)) / DRIVER_TIMEOUT_MS);
  if (periods < 1) return undefined;
  const { driver, handle } = wanted.attachable;
  return failed(wanted, `timeout ${periods}`, `timed out waiting for external-attacher of ${driver} CSI driver to attach volume ${handle}`);
}

/** How long until a driver that is silent is told of. */
export function patienceMs(name: string, { held }: Pick<NodeScene, 'held'>, nowMs: number): number | undefined {
  const attachment = held.get(name)?.attachment;
  if (attachment === undefined || isAttached(attachment)) return undefined;
  return DRIVER_TIMEOUT_MS - ((nowMs - (timeToMs(attachment.metadata.creationTimestamp) ?? nowMs)) % DRIVER_TIMEOUT_MS);
}

/** Whether a volume for one node alone is attached to another one. */
export function isTakenElsewhere({ volume, elsewhere }: Wanted): boolean {
  return !allowsManyNodes(volume) && elsewhere.some(({ attachment }) => isAttached(attachment));
}

function failed({ volume }: Wanted, sign: string, why: string): Trouble {
  return { sign, messageFor: () => `AttachVolume.Attach failed for volume ${goQuote(volume.metadata.name)} : ${why}` };
}

/** Users hear the names of pods of their own namespace only. */
function multiAttachTrouble({ volume, elsewhere }: Wanted): Trouble {
  const users = elsewhere.filter(({ attachment }) => isAttached(attachment)).flatMap(({ pods }) => pods);
  const message = (suffix: string): string => `Multi-Attach error for volume ${goQuote(volume.metadata.name)} ${suffix}`;
  return {
    sign: 'multi-attach',
    messageFor({ metadata: { namespace } }) {
      if (users.length === 0) return message('Volume is already exclusively attached to one node and can\'t be attached to another');
      const near = users.filter(({ metadata }) => metadata.namespace === namespace).map(({ metadata }) => metadata.name);
      const far = users.length - near.length;
      if (near.length === 0) return message(`Volume is already used by ${far} pod(s) in different namespaces`);
      return message(`Volume is already used by pod(s) ${near.join(', ')}${far > 0 ? ` and ${far} pod(s) in different namespaces` : ''}`);
    },
  };
}
