import type { coreV1 } from '@kubernode/api';
import type { AdmissionPlugin } from './admission.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';

/** New nodes begin with the taint of nodes that are not ready, so that nothing is scheduled before the node controller has looked at them. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  admit({ operation, group, resource, subresource, object }) {
    if (operation !== 'CREATE' || group !== '' || resource !== 'nodes' || subresource !== '' || object === undefined) return;
    const node = object as Partial<coreV1.Node>; // by the check
    const spec = node.spec ??= {};
    if (spec.taints?.some(({ key, effect }) => key === NOT_READY && effect === 'NoSchedule') === true) return;
    spec.taints = [...spec.taints ?? [], { key: NOT_READY, effect: 'NoSchedule' }];
  },
};
