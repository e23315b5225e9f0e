import { formatQuantity, zeroQuantity, type ObjectMeta } from '@kubernode/apimachinery';
import { appsV1Resources, batchV1Resources, coreV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import { controller, nothingToDo, watch, type Controller, type Listers, type Plan } from '@kubernode/controller';
import { isFinished } from '../pods.ts';
import { sameJson } from '../same-json.ts';
import { claimUsage, countOf, inScope, podUsage, serviceUsage, sum, type Usage } from './quota-usage.ts';

type Quota = Readonly<coreV1.ResourceQuota>;
type Listed = { metadata: ObjectMeta };

const quotas = coreV1Resources.resourcequotas;
/** Creations are charged by the API server; now and then everything is counted anew. */
const RECOUNT_MS = 300_000;
/** Kinds that are only counted, with the name they had before all kinds could be. */
const counted: readonly (readonly [ResourceRef<Listed>, string?])[] = [
  [coreV1Resources.configmaps, 'configmaps'], [coreV1Resources.secrets, 'secrets'], [coreV1Resources.replicationcontrollers, 'replicationcontrollers'], [quotas, 'resourcequotas'],
  [appsV1Resources.deployments], [appsV1Resources.replicasets], [appsV1Resources.statefulsets], [appsV1Resources.daemonsets], [batchV1Resources.jobs], [batchV1Resources.cronjobs],
];

export interface QuotaSnapshot { quota: Quota; used: Usage }

/** ResourceQuotas: what is used of them, after deletions and changes of the quota. */
export const resourceQuotaController: Controller = controller<QuotaSnapshot>({
  name: 'resource-quota',
  component: 'resourcequota-controller',
  watches: [
    watch({ resource: quotas, keys: ({ key, object, previous }) => (sameJson(object?.spec, previous?.spec) ? [] : [key]) }), // not for charges: those would be counted before their object shows
    watch({
      resource: coreV1Resources.pods,
      keys: ({ object, previous }, listers) => (object === undefined || (previous !== undefined && isFinished(object) !== isFinished(previous)) ? quotasIn((object ?? previous)?.metadata.namespace, listers) : []),
    }),
    freed(coreV1Resources.services), freed(coreV1Resources.persistentvolumeclaims),
    ...counted.filter(([resource]) => resource !== quotas).map(([resource]) => freed(resource)),
  ],
  read(key, listers) {
    const quota = listers.of(quotas).get(key);
    return quota === undefined ? undefined : { quota, used: usedIn(quota, listers) };
  },
  reconcile,
});

function freed<T extends Listed>(resource: ResourceRef<T>): ReturnType<typeof watch> {
  return watch<T>({ resource, keys: ({ object, previous }, listers) => (object === undefined ? quotasIn(previous?.metadata.namespace, listers) : []) });
}

function quotasIn(namespace: string | undefined, listers: Listers): string[] {
  return listers.of(quotas).inNamespace(namespace ?? '').map(({ metadata: { name } }) => `${namespace ?? ''}/${name}`);
}

function usedIn({ metadata: { namespace = '' }, spec = {} }: Quota, listers: Listers): Usage {
  const pods = listers.of(coreV1Resources.pods).inNamespace(namespace).filter((pod) => inScope(pod, spec)).map(podUsage);
  if ((spec.scopes ?? []).length > 0 || spec.scopeSelector !== undefined) return sum(pods); // nothing but pods has scopes
  return sum([
    ...pods, ...listers.of(coreV1Resources.services).inNamespace(namespace).map(serviceUsage), ...listers.of(coreV1Resources.persistentvolumeclaims).inNamespace(namespace).map(claimUsage),
    ...counted.flatMap(([resource, old]) => listers.of(resource).inNamespace(namespace).map(() => countOf(`count/${resource.resource}${resource.group === '' ? '' : `.${resource.group}`}`, old))),
  ]);
}

export function reconcile({ quota, used }: QuotaSnapshot): Plan {
  if (quota.metadata.deletionTimestamp !== undefined) return nothingToDo;
  const hard = quota.spec?.hard ?? {};
  const status: coreV1.ResourceQuotaStatus = { hard, used: Object.fromEntries(Object.keys(hard).map((name) => [name, formatQuantity(used.get(name) ?? zeroQuantity)])) };
  if (sameJson(status, quota.status)) return { actions: [], againAfterMs: RECOUNT_MS };
  return { actions: [{ do: 'update', resource: quotas, object: { ...quota, status }, subresource: 'status' }], againAfterMs: RECOUNT_MS };
}
