import { decodeYaml, formatFieldErrors, internalErrorWithoutReason, invalidValue, isJsonObject, type KubeObject, labelKeyFaults, labelValueFaults } from '@kubernode/apimachinery';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { namespaceFinder } from './namespace-exists.ts';
import { refusal } from './refusal.ts';
import { writtenPod, type WrittenPod } from './written-pod.ts';

type Labels = Readonly<Record<string, string>>;
const ANNOTATION = 'scheduler.alpha.kubernetes.io/node-selector';

/** Pods of a namespace run on the nodes that its annotation (or the cluster's default) names, and where it has a list, on no others. */
export function podNodeSelector({ sources, get, configurationOf }: AdmissionDependencies): AdmissionPlugin {
  const find = namespaceFinder({ sources, get });
  const configured = readSelectors(configurationOf('PodNodeSelector'));
  const withSelector = (attributes: AdmissionAttributes, act: (pod: WrittenPod, selector: Labels) => void): void | Promise<void> => {
    const pod = attributes.operation === 'CREATE' ? writtenPod(attributes) : undefined;
    if (pod === undefined) return undefined;
    const judge = (namespace: Readonly<KubeObject>): void => {
      const selector = parseSelector(namespace.metadata.annotations?.[ANNOTATION] ?? configured['clusterDefaultNodeSelector']);
      if (conflicts(selector, pod.spec.nodeSelector ?? {})) throw refusal(attributes, 'pod node label selector conflicts with its namespace node label selector');
      act(pod, selector);
      const allowed = parseSelector(configured[attributes.namespace]);
      if (Object.keys(allowed).length > 0 && Object.entries(pod.spec.nodeSelector ?? {}).some(([key, value]) => allowed[key] !== value)) throw refusal(attributes, 'pod node label selector labels conflict with its namespace whitelist');
    };
    const found = find(attributes.namespace);
    return found instanceof Promise ? found.then(judge) : judge(found);
  };
  return {
    name: 'PodNodeSelector',
    admit: (attributes) => withSelector(attributes, ({ spec }, selector) => {
      if (Object.keys(selector).length > 0) spec.nodeSelector = { ...selector, ...spec.nodeSelector };
    }),
    validate: (attributes) => withSelector(attributes, () => undefined),
  };
}

/** `podNodeSelectorPluginConfig: {clusterDefaultNodeSelector: "a=b", NAMESPACE: "c=d"}`; a kind of no version. */
function readSelectors(text: string | undefined): Labels {
  const document = text === undefined ? {} : decodeYaml(text).value;
  const selectors = isJsonObject(document) ? document['podNodeSelectorPluginConfig'] : undefined;
  return isJsonObject(selectors) ? Object.fromEntries(Object.entries(selectors).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {};
}

/** `a=b,c=d`; faults are answered as kube-apiserver does, which has no typed error for them. */
function parseSelector(text = ''): Labels {
  if (text === '') return {};
  return Object.fromEntries(text.split(',').map((label) => {
    const parts = label.split('=');
    if (parts.length !== 2) throw internalErrorWithoutReason(`invalid selector: [${parts.join(' ')}]`);
    const [key = '', value = ''] = parts.map((part) => part.trim());
    const faults = [...labelKeyFaults(key).map((why) => ({ shown: key, why })), ...labelValueFaults(value).map((why) => ({ shown: value, why }))];
    const [fault] = faults;
    if (fault !== undefined) throw internalErrorWithoutReason(formatFieldErrors([invalidValue('<nil>', fault.shown, fault.why)]));
    return [key, value];
  }));
}

function conflicts(a: Labels, b: Labels): boolean {
  return Object.entries(a).some(([key, value]) => Object.hasOwn(b, key) && b[key] !== value);
}
