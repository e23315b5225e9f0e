import { coreV1Resources } from '@kubernode/api';
import type { coreV1 } from '@kubernode/api';
import { gauge, moment, type Family, type Sample, type StateKind } from '../family.ts';
import { amountOf } from '../resource-samples.ts';

type Quota = coreV1.ResourceQuota;

const families: readonly Family<Quota>[] = [
  moment('kube_resourcequota_created', 'Unix creation timestamp', ({ metadata }) => metadata.creationTimestamp),
  gauge('kube_resourcequota', 'Information about resource quota.', ({ status }) => [...amounts(status?.hard, 'hard'), ...amounts(status?.used, 'used')]),
];

export const resourceQuotas: StateKind<Quota> = { resource: coreV1Resources.resourcequotas, identity: ({ metadata: { namespace = '', name } }) => ({ namespace, resourcequota: name }), families };

function amounts(quantities: Readonly<Record<string, string>> | undefined, type: 'hard' | 'used'): readonly Sample[] {
  return Object.entries(quantities ?? {}).map(([resource, quantity]) => ({ labels: { resource, type }, value: amountOf(quantity) }));
}
