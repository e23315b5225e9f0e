import { labelKeyFaults, labelValueFaults } from '@kubernode/apimachinery';
import { UsageError } from '@kubernode/component-base';

const OWN_PREFIXES = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
/** Labels in Kubernetes' domains that a node may give itself. */
const ALLOWED = new Set([
  'beta.kubernetes.io/arch', 'beta.kubernetes.io/instance-type', 'beta.kubernetes.io/os', 'failure-domain.beta.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/zone', 'kubernetes.io/arch', 'kubernetes.io/hostname',
  'kubernetes.io/os', 'node.kubernetes.io/instance-type', 'topology.kubernetes.io/region', 'topology.kubernetes.io/zone',
]);

/** The labels of `--node-labels`, checked: in Kubernetes' own domains a node may not say of itself what others go by. @throws UsageError */
export function checkLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const reserved = Object.keys(labels).filter(isReserved).sort();
  if (reserved.length > 0) {
    throw new UsageError(`unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [${reserved.join(' ')}]\n--node-labels in the 'kubernetes.io' namespace must begin with an allowed prefix (${OWN_PREFIXES.join(', ')}) or be in the specifically allowed set (${[...ALLOWED].sort().join(', ')})`);
  }
  for (const [key, value] of Object.entries(labels)) {
    const fault = [...labelKeyFaults(key), ...labelValueFaults(value)][0];
    if (fault !== undefined) throw new UsageError(`invalid node label "${key}=${value}": ${fault}`);
  }
  return labels;
}

function isReserved(key: string): boolean {
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  const within = (one: string): boolean => domain === one || domain.endsWith(`.${one}`);
  return (within('kubernetes.io') || within('k8s.io')) && !ALLOWED.has(key) && !OWN_PREFIXES.some(within);
}
