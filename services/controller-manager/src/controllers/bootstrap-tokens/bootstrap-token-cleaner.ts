import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Controller, type Plan } from '@kubernode/controller';
import { BOOTSTRAP_SECRETS, remainingMs } from './bootstrap-secret.ts';

const { secrets } = coreV1Resources;

/** Deletes bootstrap tokens when their time is over. */
export const bootstrapTokenCleaner: Controller = controller<Readonly<coreV1.Secret>>({
  name: 'token_cleaner',
  component: 'token-cleaner',
  workers: 1,
  watches: [watch({ resource: secrets, selector: BOOTSTRAP_SECRETS, keys: ownKey })],
  read: (key, listers) => listers.of(secrets).get(key),
  reconcile: clean,
});

export function clean(secret: Readonly<coreV1.Secret>, nowMs: number): Plan {
  const { name, namespace, uid } = secret.metadata;
  const leftMs = remainingMs(secret, nowMs);
  if (leftMs === undefined) return nothingToDo;
  if (leftMs > 0) return { actions: [], againAfterMs: leftMs };
  return { actions: [{ do: 'delete', resource: secrets, target: { name, namespace }, uid, otherwise: ({ reason }) => ({ handled: reason === 'Conflict' }) }] };
}
