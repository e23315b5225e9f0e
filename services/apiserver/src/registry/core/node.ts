import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { cidrWarnings } from '../shared/legacy-ip-rules.ts';
import type { Strategy } from '../strategy.ts';
import { nodeChangeFaults, nodeFaults } from './node-rules.ts';

type Node = coreV1.Node & KubeObject;

/** Nodes register themselves with a status of their own. */
export const nodeStrategy: Strategy<Node> = {
  defaults({ spec, status }) {
    if (status?.capacity !== undefined && status.allocatable === undefined) status.allocatable = { ...status.capacity };
    if (spec !== undefined) agreeOnCidrs(spec);
  },
  prepareForCreate({ spec, status }) {
    delete spec?.configSource; // kubelets do not take configuration from the API any more
    delete status?.config;
  },
  prepareForUpdate({ spec, status }, old, { subresource }) {
    if (subresource === '' && old.spec?.configSource === undefined) delete spec?.configSource;
    if (subresource === 'status' && old.status?.config === undefined) delete status?.config;
  },
  validate: nodeFaults,
  validateUpdate: (node, old, { subresource }) => [...(subresource === 'status' ? [] : nodeFaults(node)), ...nodeChangeFaults(node, old)],
  warnings: ({ spec }, _old, { subresource }) => (subresource === 'status' ? [] : [
    ...(spec?.configSource === undefined ? [] : ['spec.configSource: the feature is removed']),
    ...(spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...(spec?.podCIDRs ?? []).flatMap((cidr, index) => cidrWarnings(cidr, `spec.podCIDRs[${index}]`)),
  ]),
  keepsStatusOnCreate: true,
  selectableFields: ({ spec }) => ({ 'spec.unschedulable': String(spec?.unschedulable === true) }),
};

/** The single field wins where both are given and differ; older clients know it alone. */
function agreeOnCidrs(spec: coreV1.NodeSpec): void {
  const { podCIDR = '', podCIDRs = [] } = spec;
  if (podCIDR !== '' && podCIDRs[0] !== podCIDR) spec.podCIDRs = [podCIDR];
  else if (podCIDR === '' && podCIDRs[0] !== undefined) spec.podCIDR = podCIDRs[0];
}
