import type { coreV1 } from '@kubernode/api';
import { invalidValue, type FieldError } from '@kubernode/apimachinery';
import { internalJson, internalList } from '../../shared/go-text/internal-json.ts';
import { jsonEquals } from '../../write/json-equals.ts';

/** As long as gates keep a pod from being scheduled, where it may run can be narrowed. */
export function nodeSelectorUpdateFaults(selector: Readonly<Record<string, string>> | undefined, before: Readonly<Record<string, string>> | undefined): FieldError[] {
  const kept = Object.entries(before ?? {}).every(([key, value]) => selector?.[key] === value);
  if (kept) return [];
  const shown = selector === undefined ? null : Object.fromEntries(Object.entries(selector).sort(([a], [b]) => (a < b ? -1 : 1)));
  return [invalidValue('spec.nodeSelector', shown, 'only additions to spec.nodeSelector are allowed (no mutations or deletions)')];
}

/** Terms are alternatives, so their number has to stay; each may only demand more. */
export function affinityUpdateFaults(affinity: Readonly<coreV1.NodeAffinity> | undefined, before: Readonly<coreV1.NodeAffinity> | undefined): FieldError[] {
  const path = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  const old = before?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (old.length === 0) return [];
  if (old.length !== (terms ?? []).length) return [invalidValue(path, internalList('NodeSelectorTerm', terms), 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')];
  return (terms ?? []).flatMap((term, index) => (onlyAdds(term, old[index] ?? {}) ? [] : [invalidValue(`${path}[${index}]`, internalJson('NodeSelectorTerm', term), 'only additions are allowed (no mutations or deletions)')]));
}

function onlyAdds(term: Readonly<coreV1.NodeSelectorTerm>, before: Readonly<coreV1.NodeSelectorTerm>): boolean {
  const wasEmpty = (before.matchExpressions ?? []).length === 0 && (before.matchFields ?? []).length === 0;
  if (wasEmpty && ((term.matchExpressions ?? []).length > 0 || (term.matchFields ?? []).length > 0)) return false; // an empty term matches nothing
  return (['matchExpressions', 'matchFields'] as const).every((field) => {
    const old = before[field] ?? [];
    return jsonEquals((term[field] ?? []).slice(0, old.length), old);
  });
}
