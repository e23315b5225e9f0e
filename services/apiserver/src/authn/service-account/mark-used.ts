import type { coreV1 } from '@kubernode/api';
import { isNotFound, type KubeObject } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import type { Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { ObjectWriter } from '../../endpoints/endpoint.ts';

const LAST_USED_LABEL = 'kubernetes.io/legacy-token-last-used';
const DAY_MS = 24 * 3600 * 1000;

/** Writes today's date on secrets whose token was used. In the background: nobody waits for it, and the next use tries again. */
export function usedSecretMarker({ writer, clock, logger }: { writer: Pick<ObjectWriter, 'update'>; clock: Pick<Clock, 'now'>; logger: Pick<Logger, 'warn'> }): (secret: Readonly<coreV1.Secret>) => void {
  const underWay = new Set<string>();
  return ({ metadata: { namespace = '', name, uid = '', labels } }) => {
    const [today, tomorrow] = [dayOf(clock.now()), dayOf(clock.now() + DAY_MS)];
    const lastUsed = labels?.[LAST_USED_LABEL];
    if (lastUsed === today || lastUsed === tomorrow || underWay.has(uid)) return;
    underWay.add(uid);
    void writer.update<KubeObject>({ group: '', resource: 'secrets' }, { namespace, name }, (secret) => (
      secret.metadata.uid === uid ? { ...secret, metadata: { ...secret.metadata, labels: { ...secret.metadata.labels, [LAST_USED_LABEL]: today } } } : undefined
    )).catch((error: unknown) => {
      if (!isNotFound(error)) logger.warn('cannot note the use of a token', { secret: `${namespace}/${name}`, error: errorMessage(error) });
    }).finally(() => { underWay.delete(uid); });
  };
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
