import { timeToMs } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Controller, type Listers, type Plan } from '@kubernode/controller';
import { podSecretNames } from './pod-secret-names.ts';
import { ACCOUNT_NAME, ACCOUNT_UID, TOKEN_SECRET_TYPE } from './token-keys.ts';

type Secret = Readonly<coreV1.Secret>;

export interface CleanerSnapshot {
  secret: Secret;
  account: Readonly<coreV1.ServiceAccount> | undefined;
  /** The day since which API servers note the use of tokens; undefined when they do not. */
  trackedSince: string | undefined;
  isUsedByPods(): boolean;
}

const LAST_USED = 'kubernetes.io/legacy-token-last-used';
const INVALID_SINCE = 'kubernetes.io/legacy-token-invalid-since';
const TRACKING = { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' } as const;
const DAY_MS = 24 * 3_600_000;

const { secrets, serviceaccounts, pods, configmaps } = coreV1Resources;

/**
 * Ends tokens that were made for service accounts by themselves, as Kubernetes did before 1.24, and that nobody used for a long time: first they are
 * marked invalid, and when nobody misses them for as long again, deleted.
 */
export function legacyTokenCleaner(cleanUpPeriodMs: number): Controller {
  return controller<CleanerSnapshot>({
    name: 'legacy_service_account_token_cleaner',
    component: 'legacy-service-account-token-cleaner',
    workers: 1,
    watches: [
      watch({ resource: secrets, selector: { fieldSelector: `type=${TOKEN_SECRET_TYPE}` }, keys: ownKey }),
      watch({ resource: serviceaccounts, keys: () => [] }),
      watch({ resource: pods, keys: () => [] }),
      watch({ resource: configmaps, selector: { namespace: TRACKING.namespace, fieldSelector: `metadata.name=${TRACKING.name}` }, keys: () => [] }),
    ],
    read,
    reconcile: (snapshot, nowMs) => clean(snapshot, nowMs, cleanUpPeriodMs),
  });
}

function read(key: string, listers: Listers): CleanerSnapshot | undefined {
  const secret = listers.of(secrets).get(key);
  if (secret === undefined) return undefined;
  const { namespace = '', name, annotations = {} } = secret.metadata;
  const account = listers.of(serviceaccounts).get(`${namespace}/${annotations[ACCOUNT_NAME] ?? ''}`);
  const uid = annotations[ACCOUNT_UID] ?? '';
  return {
    secret, account: uid === '' || account?.metadata.uid === uid ? account : undefined,
    trackedSince: listers.of(configmaps).get(`${TRACKING.namespace}/${TRACKING.name}`)?.data?.['since'],
    isUsedByPods: () => listers.of(pods).inNamespace(namespace).some((pod) => podSecretNames(pod).has(name)),
  };
}

/** Pure. Looks again a day later. */
export function clean(snapshot: CleanerSnapshot, nowMs: number, periodMs: number): Plan {
  const later: Plan = { actions: [], againAfterMs: DAY_MS };
  const { name, namespace, uid, resourceVersion, labels = {}, deletionTimestamp } = snapshot.secret.metadata;
  if (deletionTimestamp !== undefined) return nothingToDo;
  if (!isForgotten(snapshot, nowMs, periodMs)) return later;
  const target = { name, namespace };
  const invalidSince = labels[INVALID_SINCE] ?? '';
  if (!isDay(invalidSince)) {
    const body = { metadata: { uid, labels: { [INVALID_SINCE]: dayOf(nowMs) } } };
    return { ...later, actions: [{ do: 'patch', resource: secrets, target, patch: { type: 'merge', body } }] };
  }
  if (invalidSince >= dayOf(nowMs - periodMs)) return later;
  return { actions: [{ do: 'delete', resource: secrets, target, uid, resourceVersion, otherwise: ({ reason }) => ({ handled: reason === 'Conflict' }) }] };
}

/** Whether it was made by itself, long ago, and has not been used since, as far as that is known. */
function isForgotten({ secret, account, trackedSince, isUsedByPods }: CleanerSnapshot, nowMs: number, periodMs: number): boolean {
  if (trackedSince === undefined || !isDay(trackedSince) || nowMs < Date.parse(trackedSince) + DAY_MS + periodMs) return false;
  const { name, labels = {}, creationTimestamp } = secret.metadata;
  if ((timeToMs(creationTimestamp) ?? 0) >= nowMs - periodMs) return false;
  const lastUsed = labels[LAST_USED];
  if (lastUsed !== undefined && (!isDay(lastUsed) || lastUsed >= dayOf(nowMs - periodMs))) return false;
  if (account?.secrets?.some((one) => one.name === name) !== true) return false; // made by hand, by all we know
  return !isUsedByPods();
}

function isDay(text: string): boolean { return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)); }

function dayOf(ms: number): string { return new Date(ms).toISOString().slice(0, 10); }
