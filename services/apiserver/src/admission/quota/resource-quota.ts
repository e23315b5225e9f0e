import { isNotFound } from '@kubernode/apimachinery';
import { KeyedSequencer } from '@kubernode/base';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import type { AdmissionDependencies } from '../admission-plugins.ts';
import { LiveLookup } from '../live-lookup.ts';
import { chargeQuota, type ResourceQuota } from './check-quota.ts';
import { claimEvaluator } from './claim-evaluator.ts';
import { countEvaluator } from './count-evaluator.ts';
import type { Evaluator } from './evaluator.ts';
import { readLimitedResources, requireCover } from './limited-resources.ts';
import { podEvaluator } from './pod-evaluator.ts';
import { serviceEvaluator } from './service-evaluator.ts';

const QUOTAS = { group: '', resource: 'resourcequotas' };
/** Nobody counts what is not stored or comes and goes by itself. */
const UNCOUNTED: ReadonlySet<string> = new Set(['/events', 'events.k8s.io/events', '/bindings', 'authorization.k8s.io/localsubjectaccessreviews']);
const OWN: ReadonlyMap<string, Evaluator> = new Map([['/pods', podEvaluator], ['/services', serviceEvaluator], ['/persistentvolumeclaims', claimEvaluator]]);

/**
 * Charges writes to the quotas of their namespace before they happen, each by one compare-and-swap of the quota's status, so that no two
 * replicas let in together what only one may. What is charged for a write that then fails is found and given back by the controller.
 */
export function resourceQuota({ sources, list, update, clock, configurationOf }: AdmissionDependencies): AdmissionPlugin {
  const quotas = new LiveLookup<ResourceQuota>({ source: sources(QUOTAS), list: (namespace) => list(QUOTAS, namespace), clock });
  const limited = readLimitedResources(configurationOf('ResourceQuota'));
  const counted = new Map<string, Evaluator>(OWN);
  const inTurn = new KeyedSequencer<string>();
  const evaluatorOf = ({ group, resource }: AdmissionAttributes): Evaluator => {
    const key = `${group}/${resource}`;
    let evaluator = counted.get(key);
    if (evaluator === undefined) counted.set(key, evaluator = countEvaluator({ group, resource }));
    return evaluator;
  };
  const charge = async (attributes: AdmissionAttributes, evaluator: Evaluator): Promise<void> => {
    const { namespace } = attributes;
    const newest = await list<ResourceQuota>(QUOTAS, namespace);
    const concerned = newest.filter((quota) => chargeQuota(quota, { attributes, evaluator, now: clock.now() }) !== undefined); // all agree before any is charged
    requireCover(limited, newest, { attributes, evaluator, now: clock.now() });
    if (attributes.dryRun) return;
    for (const { metadata: { name } } of concerned) {
      const changed = update<ResourceQuota>(QUOTAS, { namespace, name }, (current) => {
        const used = chargeQuota(current, { attributes, evaluator, now: clock.now() });
        return used === undefined ? undefined : { ...current, status: { ...current.status, used } };
      });
      await changed.catch((error: unknown) => { if (!isNotFound(error)) throw error; }); // a quota that is gone limits nothing
    }
  };
  return {
    name: 'ResourceQuota',
    validate: (attributes) => {
      const { namespace, group, resource, object } = attributes;
      if (namespace === '' || object === undefined || UNCOUNTED.has(`${group}/${resource}`)) return undefined;
      const evaluator = evaluatorOf(attributes);
      if (!evaluator.handles(attributes)) return undefined;
      const act = (): Promise<void> => inTurn.run(namespace, () => charge(attributes, evaluator));
      if (limited.length > 0) return act(); // where there are no quotas at all, too
      const known = quotas.get(namespace);
      if (known instanceof Promise) return known.then((found) => (found.length === 0 ? undefined : act()));
      return known.length === 0 ? undefined : act();
    },
  };
}
