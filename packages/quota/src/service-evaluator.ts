import type { coreV1 } from '@kubernode/api';
import { count, countName, one, type Evaluator } from './evaluator.ts';

const COUNT = countName({ group: '', resource: 'services' });
const NAMES: ReadonlySet<string> = new Set([COUNT, 'services', 'services.nodeports', 'services.loadbalancers']);

/** Services cost a service, and what their type takes of nodes and of balancers. */
export const serviceEvaluator: Evaluator = {
  handles: ({ operation, subresource }) => subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
  counts: (name) => NAMES.has(name),
  matchesScope: () => false,
  missing: () => undefined,
  usage: (object) => {
    const { spec } = object as Partial<coreV1.Service>; // the evaluator of services
    const isBalancer = spec?.type === 'LoadBalancer';
    return new Map([[COUNT, one], ['services', one], ['services.loadbalancers', count(isBalancer ? 1 : 0)], ['services.nodeports', count(nodePorts(spec ?? {}))]]);
  },
};

function nodePorts({ type, ports = [], allocateLoadBalancerNodePorts }: Readonly<coreV1.ServiceSpec>): number {
  if (type === 'LoadBalancer' && allocateLoadBalancerNodePorts === false) return ports.filter(({ nodePort = 0 }) => nodePort !== 0).length;
  return type === 'NodePort' || type === 'LoadBalancer' ? ports.length : 0;
}
