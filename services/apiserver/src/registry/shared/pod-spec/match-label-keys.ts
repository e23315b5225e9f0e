import type { coreV1, metaV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, validateLabelKey, type FieldError } from '@kubernode/apimachinery';

interface Keyed {
  matchLabelKeys?: readonly string[] | undefined;
  mismatchLabelKeys?: readonly string[] | undefined;
  labelSelector?: Readonly<metaV1.LabelSelector> | undefined;
}

/** Keys whose values come from the pod itself, beside a selector that does not speak of them. Kubernetes blames an index of the term. */
export function matchLabelKeyFaults({ matchLabelKeys = [], mismatchLabelKeys = [], labelSelector }: Keyed, path: string): FieldError[] {
  const errors = [...keyFaults(matchLabelKeys, labelSelector, `${path}.matchLabelKeys`), ...keyFaults(mismatchLabelKeys, labelSelector, `${path}.mismatchLabelKeys`)];
  const indexes = new Map(matchLabelKeys.map((key, index) => [key, index]));
  const mismatched = new Set(mismatchLabelKeys);
  const selected = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    const index = indexes.get(key);
    if (index !== undefined && selected.has(key)) errors.push(invalidValue(`${path}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector'));
    selected.add(key);
  }
  for (const [index, key] of matchLabelKeys.entries()) {
    if (mismatched.has(key)) errors.push(invalidValue(`${path}.matchLabelKeys[${index}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys'));
  }
  return errors;
}

function keyFaults(keys: readonly string[], selector: Readonly<metaV1.LabelSelector> | undefined, path: string): FieldError[] {
  if (keys.length === 0) return [];
  return selector === undefined ? [forbiddenField(path, 'must not be specified when labelSelector is not set')] : keys.flatMap((key, index) => validateLabelKey(key, `${path}[${index}]`));
}

/** Writes the keys of a new pod with its labels' values into the selectors, where schedulers look. */
export function mergeMatchLabelKeys(spec: coreV1.PodSpec, labels: Readonly<Record<string, string>> | undefined): void {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  for (const affinity of [podAffinity, podAntiAffinity]) {
    const terms = [...affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [], ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm)];
    for (const term of terms) {
      merge(term, term.matchLabelKeys, 'In', labels);
      merge(term, term.mismatchLabelKeys, 'NotIn', labels);
    }
  }
  for (const constraint of spec.topologySpreadConstraints ?? []) merge(constraint, constraint.matchLabelKeys, 'In', labels);
}

function merge({ labelSelector }: { labelSelector?: metaV1.LabelSelector }, keys: readonly string[] | undefined, operator: 'In' | 'NotIn', labels: Readonly<Record<string, string>> | undefined): void {
  if (labelSelector === undefined) return;
  for (const key of keys ?? []) {
    const value = labels?.[key];
    if (value !== undefined) labelSelector.matchExpressions = [...labelSelector.matchExpressions ?? [], { key, operator, values: [value] }];
  }
}
