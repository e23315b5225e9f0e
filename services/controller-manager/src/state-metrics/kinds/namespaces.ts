import { coreV1Resources } from '@kubernode/api';
import type { coreV1 } from '@kubernode/api';
import { choiceSamples, gauge, moment, statusSamples, type Family, type StateKind } from '../family.ts';

type Namespace = coreV1.Namespace;

const families: readonly Family<Namespace>[] = [
  moment('kube_namespace_created', 'Unix creation timestamp', ({ metadata }) => metadata.creationTimestamp),
  gauge('kube_namespace_status_phase', 'kubernetes namespace status phase.', ({ status }) => choiceSamples('phase', ['Active', 'Terminating'], status?.phase)),
  gauge('kube_namespace_status_condition', 'The condition of a namespace.', ({ status }) => (status?.conditions ?? []).flatMap(({ type, status: holds }) => statusSamples(holds, { condition: type }, 'status'))),
];

export const namespaces: StateKind<Namespace> = { resource: coreV1Resources.namespaces, identity: ({ metadata }) => ({ namespace: metadata.name }), families };
