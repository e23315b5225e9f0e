import type { coreV1 } from '@kubernode/api';
import { differ, onNode, onPod } from '../framework/cluster-event.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unresolvable } from '../framework/verdict.ts';

const LACKING = unresolvable("node(s) didn't match Pod's required features");

/** Pods that use what only newer or differently set up kubelets can do go to nodes that say they can. */
export const nodeDeclaredFeatures: Plugin = {
  name: 'NodeDeclaredFeatures',
  events: [
    onNode(['Add', 'UpdateNodeDeclaredFeature'], (_pod, { before, after }) => before === undefined || differ(before.status?.declaredFeatures, after?.status?.declaredFeatures)),
    onPod(['Update'], (pod, { before, after }) => before !== undefined && after !== undefined && after.metadata.uid === pod.metadata.uid && differ(requiredFeatures(before), requiredFeatures(after))),
  ],
  prepareFilter({ subject: { pod } }) {
    const required = requiredFeatures(pod);
    if (required.length === 0) return undefined;
    return { check: ({ node }) => (required.every((one) => node.status?.declaredFeatures?.includes(one)) ? undefined : LACKING) };
  },
};

function requiredFeatures({ spec }: Readonly<coreV1.Pod>): string[] {
  const containers = [...spec?.containers ?? [], ...spec?.initContainers ?? []];
  const restartsAll = containers.some(({ restartPolicyRules }) => restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers') === true);
  return [
    ...(restartsAll ? ['RestartAllContainersOnContainerExits'] : []),
    ...(spec?.hostNetwork === true && spec.hostUsers === false ? ['UserNamespacesHostNetworkSupport'] : []),
  ];
}
