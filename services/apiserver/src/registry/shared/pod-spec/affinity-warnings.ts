import type { coreV1 } from '@kubernode/api';
import { labelValueFaults } from '@kubernode/apimachinery';

const DEPRECATED_LABELS: ReadonlyMap<string, string> = new Map([
  ['beta.kubernetes.io/arch', 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ['beta.kubernetes.io/os', 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  ['failure-domain.beta.kubernetes.io/region', 'deprecated since v1.17; use "topology.kubernetes.io/region" instead'],
  ['failure-domain.beta.kubernetes.io/zone', 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'],
  ['beta.kubernetes.io/instance-type', 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'],
  ['app.kubernetes.io/created-by', 'deprecated since v1.9'],
  ['scheduler.alpha.kubernetes.io/preferAvoidPods', 'deprecated since v1.22; use Taints and Tolerations instead'],
  ['node-role.kubernetes.io/master', 'use "node-role.kubernetes.io/control-plane" instead'],
]);

/** What to use instead of an old label of nodes; nothing for labels that are fine. */
export function nodeLabelWarning(key: string): string[] {
  const text = DEPRECATED_LABELS.get(key);
  return text === undefined ? [] : [text];
}

/** Warnings about where a pod wants to be, by what it compares with; they stand at two places among all warnings. */
export function affinityWarnings({ affinity, topologySpreadConstraints = [] }: Readonly<coreV1.PodSpec>, path: string): { nodes: string[]; pods: string[] } {
  const at = `${path}.affinity`;
  const node = affinity?.nodeAffinity;
  return {
    nodes: [
      ...(node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).flatMap((term, index) => termWarnings(term, `${at}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${index}]`, { judgesValues: false })),
      ...(node?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ preference }, index) => termWarnings(preference, `${at}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[${index}].preference`, { judgesValues: true })),
      ...topologySpreadConstraints.flatMap(({ topologyKey, labelSelector }, index) => [
        ...nodeLabelWarning(topologyKey).map((text) => `${path}.topologySpreadConstraints[${index}].topologyKey: ${topologyKey} is ${text}`),
        ...selectorWarnings(labelSelector, `${path}.topologySpreadConstraints[${index}].labelSelector`),
      ]),
    ],
    pods: [...podAffinityWarnings(affinity?.podAffinity, `${at}.podAffinity`), ...podAffinityWarnings(affinity?.podAntiAffinity, `${at}.podAntiAffinity`)],
  };
}

export function termWarnings({ matchExpressions = [] }: Readonly<coreV1.NodeSelectorTerm>, path: string, { judgesValues }: { judgesValues: boolean }): string[] {
  return matchExpressions.flatMap(({ key, values = [] }, index) => [
    ...nodeLabelWarning(key).map((text) => `${path}.matchExpressions[${index}].key: ${key} is ${text}`),
    ...(judgesValues ? values.flatMap((value, valueIndex) => labelValueFaults(value).map((fault) => `${path}.matchExpressions[${index}].values[${valueIndex}]: ${value} is invalid, ${fault}`)) : []),
  ]);
}

function podAffinityWarnings({ requiredDuringSchedulingIgnoredDuringExecution: must = [], preferredDuringSchedulingIgnoredDuringExecution: should = [] }: Readonly<coreV1.PodAffinity> = {}, path: string): string[] {
  return [
    ...must.flatMap(({ labelSelector }, index) => selectorWarnings(labelSelector, `${path}.requiredDuringSchedulingIgnoredDuringExecution[${index}].labelSelector`)),
    ...should.flatMap(({ podAffinityTerm }, index) => selectorWarnings(podAffinityTerm.labelSelector, `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}].podAffinityTerm.labelSelector`)),
  ];
}

function selectorWarnings(selector: object | undefined, path: string): string[] {
  return selector === undefined ? [`${path}: a null labelSelector results in matching no pod`] : [];
}
