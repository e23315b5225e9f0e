import { formatTime } from '@kubernode/apimachinery';
import { coreV1Resources, resourceV1Resources } from '@kubernode/api';
import { controller, ownKey, watch, type Action, type Controller, type Listers, type Plan } from '@kubernode/controller';
import { conditionPatch } from '../condition-patch.ts';
import { conditionOf } from '../conditions.ts';
import { PODS_BY_CLAIM, podsByClaim, type Claim, type Pod } from '../resource-claims/pod-claims.ts';
import { podEvictionMs, poolKey } from './device-taints.ts';

export interface DeviceEvictionSnapshot {
  pod: Pod;
  /** When it has to go; undefined for a pod that may stay. */
  evictionMs: number | undefined;
  /** Whether it was already waiting to go. */
  isPlanned: boolean;
}

const { pods } = coreV1Resources;
const { resourceclaims, resourceslices } = resourceV1Resources;
const BY_POOL = 'devicePool';

/** Deletes pods whose devices have NoExecute taints that they do not tolerate, or not for longer. */
export function deviceTaintEvictionController(): Controller {
  const planned = new Set<string>(); // uids of pods that wait to go: an end of it is told of
  return controller<DeviceEvictionSnapshot>({
    name: 'device-taint-eviction-controller',
    component: 'device-taint-eviction-controller',
    watches: [
      watch({
        resource: pods, indexes: { [PODS_BY_CLAIM]: podsByClaim },
        keys: (change) => {
          if (change.object === undefined) planned.delete(change.previous?.metadata.uid ?? '');
          return change.object?.spec?.resourceClaims === undefined ? [] : ownKey(change);
        },
      }),
      watch({ resource: resourceclaims, indexes: { [BY_POOL]: poolsOf }, keys: ({ key }, listers) => podsOf([key], listers) }),
      watch({
        resource: resourceslices, indexes: { [BY_POOL]: ({ spec }) => [poolKey({ driver: spec.driver, pool: spec.pool.name })] },
        keys: ({ object, previous }, listers) => [object, previous].flatMap((slice) => (slice === undefined ? [] : podsOf(claimsFrom(poolKey({ driver: slice.spec.driver, pool: slice.spec.pool.name }), listers), listers))),
      }),
    ],
    read(key, listers) {
      const pod = listers.of(pods).get(key);
      if (pod === undefined) return undefined;
      const claimOf = (name: string): Claim | undefined => listers.of(resourceclaims).get(`${pod.metadata.namespace ?? ''}/${name}`);
      return { pod, isPlanned: planned.has(pod.metadata.uid ?? ''), evictionMs: podEvictionMs(pod, claimOf, (pool) => listers.of(resourceslices).byIndex(BY_POOL, pool)) };
    },
    reconcile: (snapshot, nowMs) => reconcile(snapshot, nowMs, planned),
  });
}

/** `planned` is where it notes that a pod waits, or waits no more. */
export function reconcile({ pod, evictionMs, isPlanned }: DeviceEvictionSnapshot, nowMs: number, planned: Set<string>): Plan {
  const { uid = '', deletionTimestamp } = pod.metadata;
  const done: Action = { do: 'remember', note: () => { planned.delete(uid); } };
  if (evictionMs === undefined) return { actions: isPlanned ? [event(pod, 'Cancelling deletion'), done] : [] };
  if (deletionTimestamp !== undefined) return { actions: isPlanned ? [done] : [] };
  if (evictionMs > nowMs) return { actions: [{ do: 'remember', note: () => { planned.add(uid); } }], againAfterMs: evictionMs - nowMs };
  return { actions: [event(pod, 'Marking for deletion'), ...explanation(pod, nowMs), deletion(pod), done] };
}

/** Said before it goes: whoever made the pod counts it as disrupted, not as failed. */
function explanation({ metadata: { name, namespace, uid, generation }, status }: Pod, nowMs: number): Action[] {
  const wanted = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByDeviceTaintManager', message: 'Device Taint manager: deleting due to NoExecute taint' };
  const present = conditionOf(status?.conditions, wanted.type);
  if (present?.status === wanted.status && present.reason === wanted.reason && present.message === wanted.message) return [];
  const condition = { ...wanted, lastTransitionTime: present?.status === wanted.status ? present.lastTransitionTime : formatTime(nowMs), ...(generation !== undefined && { observedGeneration: generation }) };
  return [{ do: 'patch', resource: pods, target: { name, namespace, subresource: 'status' }, patch: { type: 'strategic', body: { metadata: { uid }, status: conditionPatch(status?.conditions, condition) } } }];
}

function deletion({ metadata: { name, namespace, uid } }: Pod): Action {
  return { do: 'delete', resource: pods, target: { name, namespace }, uid, otherwise: ({ reason }) => ({ handled: reason === 'Conflict' }) }; // another took its place
}

function event({ metadata: { name, namespace = '', uid = '' } }: Pod, message: string): Action {
  return { do: 'event', about: { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid } }, type: 'Normal', reason: 'DeviceTaintManagerEviction', message };
}

function poolsOf({ status }: Claim): string[] {
  return [...new Set((status?.allocation?.devices?.results ?? []).map(poolKey))];
}

function claimsFrom(pool: string, listers: Listers): string[] {
  return listers.of(resourceclaims).byIndex(BY_POOL, pool).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
}

function podsOf(claims: readonly string[], listers: Listers): string[] {
  return claims.flatMap((claim) => listers.of(pods).byIndex(PODS_BY_CLAIM, claim).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`));
}
