import type { coreV1 } from '@kubernode/api';
import { internalErrorWithoutReason, type KubeObject } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { readConfigDocument } from '../authn/config-document.ts';
import { podQosClass } from '../registry/core/pod-qos.ts';
import { jsonEquals } from '../registry/write/json-equals.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { namespaceFinder } from './namespace-exists.ts';
import { writtenPod, type WrittenPod } from './written-pod.ts';

type Tolerations = readonly coreV1.Toleration[];
interface Configuration { default?: Tolerations; whitelist?: Tolerations }

const DEFAULTS_ANNOTATION = 'scheduler.alpha.kubernetes.io/defaultTolerations';
const WHITELIST_ANNOTATION = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist';

/** Gives pods the tolerations of their namespace (or the cluster's) and refuses those that are not on its list. */
export function podTolerationRestriction({ sources, get, configurationOf }: AdmissionDependencies): AdmissionPlugin {
  const find = namespaceFinder({ sources, get });
  const text = configurationOf('PodTolerationRestriction');
  const configured: Configuration = text === undefined ? {} : readConfigDocument(text, { group: 'podtolerationrestriction.admission.k8s.io', kind: 'Configuration', versions: ['v1alpha1'], shape: { default: [true], whitelist: [true] } });
  const withNamespace = (attributes: AdmissionAttributes, act: (pod: WrittenPod, namespace: Readonly<KubeObject>) => void): void | Promise<void> => {
    const pod = writtenPod(attributes);
    if (pod === undefined) return undefined;
    const found = find(attributes.namespace);
    return found instanceof Promise ? found.then((namespace) => { act(pod, namespace); }) : act(pod, found);
  };
  return {
    name: 'PodTolerationRestriction',
    admit: (attributes) => withNamespace(attributes, ({ spec }, namespace) => {
      const added = attributes.operation === 'CREATE' ? annotated(namespace, DEFAULTS_ANNOTATION) ?? configured.default ?? [] : [];
      const pressure: Tolerations = podQosClass(spec) === 'BestEffort' ? [] : [{ key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' }];
      if (added.length + pressure.length > 0) spec.tolerations = mergeTolerations([...spec.tolerations ?? [], ...added, ...pressure]);
      check(spec, namespace, configured);
    }),
    validate: (attributes) => withNamespace(attributes, ({ spec }, namespace) => { check(spec, namespace, configured); }),
  };
}

function check({ tolerations = [] }: coreV1.PodSpec, namespace: Readonly<KubeObject>, configured: Configuration): void {
  const own = annotated(namespace, WHITELIST_ANNOTATION);
  const allowed = own ?? configured.whitelist ?? [];
  if (allowed.length === 0 || tolerations.every((one) => allowed.some((wider) => covers(wider, one)))) return;
  throw internalErrorWithoutReason(`pod tolerations (possibly merged with namespace default tolerations) conflict with its ${own === undefined ? 'cluster' : 'namespace'} whitelist`);
}

/** Undefined where the namespace says nothing; an empty annotation says "none". */
function annotated({ metadata }: Readonly<KubeObject>, key: string): Tolerations | undefined {
  const text = metadata.annotations?.[key];
  if (text === undefined) return undefined;
  try {
    return text === '' ? [] : JSON.parse(text) as Tolerations; // an administrator's annotation; its pods are validated afterwards
  } catch (error) {
    throw internalErrorWithoutReason(errorMessage(error));
  }
}

/** Without those that another one covers; of equal ones the first stays. */
export function mergeTolerations(all: Tolerations): coreV1.Toleration[] {
  const merged: coreV1.Toleration[] = [];
  all.forEach((one, index) => {
    const isRedundant = merged.some((kept) => covers(kept, one)) || all.slice(index + 1).some((later) => !jsonEquals(later, one) && covers(later, one));
    if (!isRedundant) merged.push(one);
  });
  return merged;
}

/** Whether `wider` tolerates all that `one` does. */
function covers(wider: coreV1.Toleration, one: coreV1.Toleration): boolean {
  if (jsonEquals(wider, one)) return true;
  if ((one.key ?? '') !== (wider.key ?? '') && (wider.key || wider.operator !== 'Exists')) return false;
  if ((one.effect ?? '') !== (wider.effect ?? '') && wider.effect) return false;
  if (wider.effect === 'NoExecute' && wider.tolerationSeconds !== undefined && (one.tolerationSeconds === undefined || one.tolerationSeconds > wider.tolerationSeconds)) return false;
  if (!wider.operator || wider.operator === 'Equal') return one.operator === 'Equal' && (one.value ?? '') === (wider.value ?? '');
  return wider.operator === 'Exists';
}
