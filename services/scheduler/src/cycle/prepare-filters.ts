import type { NodeView } from '../cache/node-table.ts';
import type { CycleInput, Plugin, Refusal } from '../framework/plugin.ts';

export interface PreparedFilter { plugin: string; filter: (node: NodeView) => Refusal | undefined }

/** The filters of those plugins that have something to say about the pod. */
export function prepareFilters(input: CycleInput, plugins: readonly Plugin[]): PreparedFilter[] {
  return plugins.flatMap((plugin) => {
    const filter = plugin.prepareFilter?.(input);
    return filter === undefined ? [] : [{ plugin: plugin.name, filter }];
  });
}
