import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { jsonEquals } from '../registry/write/json-equals.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { refusal } from './refusal.ts';
import type { Pod } from './written-pod.ts';

type Spec = Readonly<coreV1.PodSpec>;

/** What a change of a running pod asks of its node, by the names under which nodes declare that they can do it; in Kubernetes' order. */
const FEATURES: readonly { name: string; isNeeded(spec: Spec, before: Spec): boolean }[] = [
  { name: 'InPlacePodLevelResourcesVerticalScaling', isNeeded: (spec, before) => !jsonEquals(spec.resources ?? {}, before.resources ?? {}) },
  { name: 'InPlacePodVerticalScalingInitContainers', isNeeded: (spec, before) => (before.initContainers ?? []).some(({ restartPolicy, resources }, index) => restartPolicy !== 'Always' && !jsonEquals(resources ?? {}, spec.initContainers?.[index]?.resources ?? {})) },
];

/** Refuses changes of running pods that their node does not know how to make. */
export function nodeDeclaredFeatureValidator({ sources }: AdmissionDependencies): AdmissionPlugin {
  const nodes = sources<coreV1.Node & KubeObject>({ group: '', resource: 'nodes' });
  return {
    name: 'NodeDeclaredFeatureValidator',
    validate(attributes) {
      const changed = changedPod(attributes);
      if (changed === undefined) return;
      const { nodeName, spec, before } = changed;
      const needed = FEATURES.filter(({ isNeeded }) => isNeeded(spec, before)).map(({ name }) => name);
      if (needed.length === 0) return;
      const node = nodes.get('', nodeName);
      if (node === undefined) throw refusal(attributes, `node ${JSON.stringify(nodeName)} not found`);
      const missing = needed.filter((name) => node.status?.declaredFeatures?.includes(name) !== true);
      if (missing.length > 0) throw refusal(attributes, `pod update requires features ${missing.join(', ')} which are not available on node ${JSON.stringify(nodeName)}`);
    },
  };
}

/** A pod on a node whose spec changes, by itself or by /resize. */
export function changedPod({ operation, group, resource, subresource, object, oldObject }: AdmissionAttributes): { nodeName: string; spec: coreV1.PodSpec; before: Spec } | undefined {
  if (operation !== 'UPDATE' || group !== '' || resource !== 'pods' || (subresource !== '' && subresource !== 'resize')) return undefined;
  const [pod, old] = [object as Pod, oldObject as Pod]; // by the check
  if (!pod.spec?.nodeName || old.spec === undefined || pod.metadata.generation === old.metadata.generation) return undefined;
  return { nodeName: pod.spec.nodeName, spec: pod.spec, before: old.spec };
}
