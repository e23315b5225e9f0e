import { parseLabelSelector, StatusError, type LabelSelector } from '@kubernode/apimachinery';
import type { AutoscalerSnapshot, Pod } from './autoscaler-snapshot.ts';

/** The pods of a target that this autoscaler alone is about; or why there are none: as event, as condition. */
export type PodSelection =
  | { selector: LabelSelector; pods: readonly Pod[] }
  | { event: { reason: string; message: string }; condition: { reason: string; message: string }; selector?: LabelSelector };

export function selectPods({ key, podsOf, rivalsFor }: Pick<AutoscalerSnapshot, 'key' | 'podsOf' | 'rivalsFor'>, text: string | undefined): PodSelection {
  if (text === undefined || text === '') {
    return { event: { reason: 'SelectorRequired', message: 'selector is required' }, condition: { reason: 'InvalidSelector', message: 'the HPA target\'s scale is missing a selector' } };
  }
  let selector: LabelSelector;
  try { selector = parseLabelSelector(text); } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const fault = { reason: 'InvalidSelector', message: `couldn't convert selector into a corresponding internal selector object: ${error.message}` };
    return { event: fault, condition: fault };
  }
  const pods = podsOf(selector);
  const rivals = pods.length === 0 ? [] : rivalsFor(pods);
  if (rivals.length === 0) return { selector, pods };
  const fault = { reason: 'AmbiguousSelector', message: `pods by selector ${text} are controlled by multiple HPAs: [${[...rivals, key].sort().join(' ')}]` };
  return { event: fault, condition: fault, selector };
}
