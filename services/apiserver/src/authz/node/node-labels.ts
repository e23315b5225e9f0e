const RESTRICTED = 'node-restriction.kubernetes.io';
/** Labels of Kubernetes that a kubelet sets itself, and namespaces in which it may set any. */
const KUBELET_LABELS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname', 'kubernetes.io/os', 'kubernetes.io/arch', 'beta.kubernetes.io/os', 'beta.kubernetes.io/arch', 'node.kubernetes.io/instance-type', 'beta.kubernetes.io/instance-type',
  'topology.kubernetes.io/zone', 'topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/region',
]);
const KUBELET_NAMESPACES: readonly string[] = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

type Labels = Readonly<Record<string, string>>;

/** Keys whose value differs between two sets of labels, sorted. */
export function modifiedLabels(after: Labels = {}, before: Labels = {}): string[] {
  return [...new Set([...Object.keys(after), ...Object.keys(before)])].filter((key) => after[key] !== before[key]).sort();
}

/** Of these keys, the ones that a node may not set on itself: those kept for admins, and Kubernetes' own that are no kubelet's business. */
export function forbiddenLabels(keys: readonly string[]): string[] {
  return keys.filter((key) => {
    const slash = key.indexOf('/');
    const namespace = slash < 0 ? '' : key.slice(0, slash);
    if (isWithin(namespace, RESTRICTED)) return true;
    if (!isWithin(namespace, 'kubernetes.io') && !isWithin(namespace, 'k8s.io')) return false;
    return !KUBELET_LABELS.has(key) && !KUBELET_NAMESPACES.some((allowed) => isWithin(namespace, allowed));
  });
}

function isWithin(namespace: string, parent: string): boolean {
  return namespace === parent || namespace.endsWith(`.${parent}`);
}
