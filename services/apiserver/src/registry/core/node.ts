import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

type Node = coreV1.Node & KubeObject;

/** Nodes register themselves with a status of their own. */
export const nodeStrategy: Strategy<Node> = {
  keepsStatusOnCreate: true,
  selectableFields: ({ spec }) => ({ 'spec.unschedulable': String(spec?.unschedulable === true) }),
};
