import type { coreV1, nodeV1 } from '@kubernode/api';
import { compareQuantities, parseQuantity, type KubeObject } from '@kubernode/apimachinery';
import { jsonEquals } from '../registry/write/json-equals.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { refusal, type Refused } from './refusal.ts';

type RuntimeClass = nodeV1.RuntimeClass & KubeObject;
type Quantities = Readonly<Record<string, string>>;
const CLASSES = { group: 'node.k8s.io', resource: 'runtimeclasses' };

/** Gives pods what their runtime class costs and where it may run. */
export function runtimeClass({ sources, get }: AdmissionDependencies): AdmissionPlugin {
  const classes = sources<RuntimeClass>(CLASSES);
  const find = async (attributes: AdmissionAttributes, className: string): Promise<Readonly<RuntimeClass>> => {
    const found = classes.get('', className) ?? await get(CLASSES, '', className) as RuntimeClass | undefined; // what is stored there is one
    if (found === undefined) throw refusal(attributes, `pod rejected: RuntimeClass ${JSON.stringify(className)} not found`);
    return found;
  };
  return {
    name: 'RuntimeClass',
    admit: (attributes) => {
      const spec = podSpec(attributes);
      if (spec?.runtimeClassName === undefined) return undefined;
      return find(attributes, spec.runtimeClassName).then((found) => { applyClass(spec, found, attributes); });
    },
    validate: (attributes) => {
      const spec = podSpec(attributes);
      if (spec === undefined || (spec.runtimeClassName === undefined && spec.overhead === undefined)) return undefined;
      if (spec.runtimeClassName === undefined) return checkOverhead(spec, undefined, attributes);
      return find(attributes, spec.runtimeClassName).then((found) => checkOverhead(spec, found.overhead?.podFixed, attributes));
    },
  };
}

function podSpec({ operation, group, resource, subresource, object }: AdmissionAttributes): coreV1.PodSpec | undefined {
  return operation === 'CREATE' && group === '' && resource === 'pods' && subresource === '' ? (object as Partial<coreV1.Pod>).spec : undefined; // by the checks
}

/** Pure but for the spec it changes. */
export function applyClass(spec: coreV1.PodSpec, { overhead, scheduling }: Readonly<RuntimeClass>, pod: Refused): void {
  if (overhead !== undefined) {
    if (Object.keys(spec.overhead ?? {}).length > 0 && !sameQuantities(spec.overhead, overhead.podFixed)) throw refusal(pod, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    if (overhead.podFixed !== undefined) spec.overhead = { ...overhead.podFixed };
  }
  if (scheduling === undefined) return;
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value) throw refusal(pod, `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`);
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
  }
  const tolerations = mergeTolerations([...spec.tolerations ?? [], ...scheduling.tolerations ?? []]);
  if (tolerations.length > 0) spec.tolerations = tolerations;
}

function checkOverhead({ overhead }: Readonly<coreV1.PodSpec>, wanted: Quantities | undefined, pod: Refused): void {
  if (wanted === undefined) {
    if (overhead !== undefined) throw refusal(pod, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
    return;
  }
  if (!sameQuantities(overhead, wanted)) throw refusal(pod, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
}

function sameQuantities(a: Quantities = {}, b: Quantities = {}): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => b[name] !== undefined && compareQuantities(parseQuantity(a[name] ?? ''), parseQuantity(b[name])) === 0);
}

/** Without those that another one covers; of equal ones the first stays. */
function mergeTolerations(all: readonly coreV1.Toleration[]): coreV1.Toleration[] {
  const merged: coreV1.Toleration[] = [];
  all.forEach((one, index) => {
    const covered = merged.some((other) => covers(other, one)) || all.slice(index + 1).some((other) => !jsonEquals(other, one) && covers(other, one));
    if (!covered) merged.push(structuredClone(one) as coreV1.Toleration); // a private copy: the class is shared
  });
  return merged;
}

function covers(wide: Readonly<coreV1.Toleration>, narrow: Readonly<coreV1.Toleration>): boolean {
  if (jsonEquals(wide, narrow)) return true;
  const { key = '', operator = '', effect = '', value = '', tolerationSeconds } = wide;
  if ((narrow.key ?? '') !== key && (key !== '' || operator !== 'Exists')) return false;
  if ((narrow.effect ?? '') !== effect && effect !== '') return false;
  if (effect === 'NoExecute' && tolerationSeconds !== undefined && (narrow.tolerationSeconds === undefined || narrow.tolerationSeconds > tolerationSeconds)) return false;
  return operator === 'Exists' || ((operator === '' || operator === 'Equal') && narrow.operator === 'Equal' && (narrow.value ?? '') === value);
}
