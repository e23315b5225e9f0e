import type { coreV1 } from '@kubernode/api';
import { compareQuantities, formatQuantity, type KubeObject, parseQuantity, quantityMilliValue, quantityValue, StatusError } from '@kubernode/apimachinery';
import { podTotals } from '@kubernode/quota';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { changedPod } from './node-declared-feature-validator.ts';
import { refusal } from './refusal.ts';

type Node = coreV1.Node & KubeObject;

/** Refuses sizes that a running pod's node could never give. */
export function podResizeValidator({ sources }: AdmissionDependencies): AdmissionPlugin {
  const nodes = sources<Node>({ group: '', resource: 'nodes' });
  return {
    name: 'PodResizeValidator',
    validate(attributes) {
      const changed = attributes.subresource === 'resize' ? changedPod(attributes) : undefined;
      if (changed === undefined) return;
      const node = nodes.get('', changed.nodeName);
      if (node === undefined) throw refusal(attributes, `node ${JSON.stringify(changed.nodeName)} not found`);
      const os = node.metadata.labels?.['kubernetes.io/os'];
      if (os !== undefined && os !== 'linux') throw withCause(attributes, `pod resize is only supported on linux nodes, node ${JSON.stringify(node.metadata.name)} is ${JSON.stringify(os)}`, 'UnsupportedPlatform');
      const shortages = shortagesOf(changed.spec, node.status?.allocatable ?? {});
      if (shortages.length > 0) throw withCause(attributes, `node didn't have enough allocatable resources: ${shortages.join('; ')}`, 'NodeCapacity');
    },
  };
}

function shortagesOf(spec: Readonly<coreV1.PodSpec>, allocatable: Readonly<Record<string, string>>): string[] {
  const requests = podTotals(spec, 'requests', { overhead: true });
  return ([['cpu', quantityMilliValue], ['memory', quantityValue]] as const).flatMap(([name, valueOf]) => {
    const requested = requests.get(name), available = parseQuantity(allocatable[name] ?? '0');
    return requested === undefined || compareQuantities(requested, available) <= 0 ? [] : [`${name}, requested: ${valueOf(formatQuantity(requested))}, allocatable: ${valueOf(formatQuantity(available))}`];
  });
}

function withCause(attributes: AdmissionAttributes, why: string, cause: string): StatusError {
  const { message, details } = refusal(attributes, why);
  return new StatusError({ code: 403, reason: 'Forbidden', message, details: { ...details, causes: [{ reason: cause }] } });
}
