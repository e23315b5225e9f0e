import type { coreV1, resourceV1 } from '@kubernode/api';
import { internalError, isNotFound, type KubeObject } from '@kubernode/apimachinery';
import { KeyedSequencer } from '@kubernode/base';
import { isQuotable, quotaEvaluators, type Evaluator, type QuotaWorld } from '@kubernode/quota';
import type { ObjectSources } from '../../endpoints/endpoint.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import type { AdmissionDependencies } from '../admission-plugins.ts';
import { LiveLookup } from '../live-lookup.ts';
import { chargeQuota, type ResourceQuota } from './check-quota.ts';
import { readLimitedResources, requireCover } from './limited-resources.ts';

const QUOTAS = { group: '', resource: 'resourcequotas' };
/** As in Kubernetes. What was charged must become an object soon or never: the controller gives charges back that have not for long. */
const CHARGE_MS_MAX = 10_000;

/**
 * Charges writes to the quotas of their namespace before they happen, each by one compare-and-swap of the quota's status, so that no two
 * replicas let in together what only one may. What is charged for a write that then fails, or may have been charged when etcd did not
 * answer, stays charged until the controller finds that nothing came of it: too much for a while, and never too little.
 */
export function resourceQuota({ sources, list, update, clock, configurationOf }: AdmissionDependencies): AdmissionPlugin {
  const quotas = new LiveLookup<ResourceQuota>({ source: sources(QUOTAS), list: (namespace) => list(QUOTAS, namespace), clock });
  const limited = readLimitedResources(configurationOf('ResourceQuota'));
  const evaluators = quotaEvaluators(worldOf(sources));
  const inTurn = new KeyedSequencer<string>();
  const charge = async (attributes: AdmissionAttributes, evaluator: Evaluator): Promise<void> => {
    const { namespace } = attributes;
    const startedMs = clock.monotonicNow();
    const newest = await list<ResourceQuota>(QUOTAS, namespace);
    const concerned = newest.filter((quota) => chargeQuota(quota, { attributes, evaluator, now: clock.now() }) !== undefined); // all agree before any is charged
    requireCover(limited, newest, { attributes, evaluator, now: clock.now() });
    if (attributes.dryRun) return;
    for (const { metadata: { name } } of concerned) {
      const changed = update<ResourceQuota>(QUOTAS, { namespace, name }, (current) => {
        const used = chargeQuota(current, { attributes, evaluator, now: clock.now() });
        return used === undefined ? undefined : { ...current, status: { ...current.status, used } };
      }, { isCharge: true, subresource: 'status' });
      await changed.catch((error: unknown) => { if (!isNotFound(error)) throw error; }); // a quota that is gone limits nothing
    }
    if (clock.monotonicNow() - startedMs > CHARGE_MS_MAX) throw internalError(new Error('resource quota evaluation timed out'));
  };
  return {
    name: 'ResourceQuota',
    validate: (attributes) => {
      const { namespace, object } = attributes;
      if (namespace === '' || object === undefined || !isQuotable(attributes)) return undefined;
      const evaluator = evaluators.of(attributes);
      if (!evaluator.handles(attributes)) return undefined;
      const act = (): Promise<void> => inTurn.run(namespace, () => charge(attributes, evaluator));
      if (limited.length > 0) return act(); // where there are no quotas at all, too
      const known = quotas.get(namespace);
      if (known instanceof Promise) return known.then((found) => (found.length === 0 ? undefined : act()));
      return known.length === 0 ? undefined : act();
    },
  };
}

/** Sources are asked for when somebody wants to know: most servers never see a claim of devices. */
function worldOf(sources: ObjectSources): QuotaWorld {
  return {
    deviceClasses: () => sources<resourceV1.DeviceClass & KubeObject>({ group: 'resource.k8s.io', resource: 'deviceclasses' }).list(),
    pod: (namespace, name) => sources<coreV1.Pod & KubeObject>({ group: '', resource: 'pods' }).get(namespace, name),
    deviceClaims: (namespace) => sources<resourceV1.ResourceClaim & KubeObject>({ group: 'resource.k8s.io', resource: 'resourceclaims' }).list(namespace),
  };
}
