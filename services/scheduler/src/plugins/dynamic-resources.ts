import type { Cycle, Plugin } from '../framework/plugin.ts';
import { failed, unschedulable } from '../framework/verdict.ts';

const NOTHING_TO_FREE = unschedulable('no new claims to deallocate');
/** Kubernetes' words where an earlier plugin turned the pod down before this one was asked. */
const NOT_ASKED = failed('not found');

/** Devices that pods claim. */
export function dynamicResources(): Plugin {
  const asked = new WeakSet<Cycle>();
  return {
    name: 'DynamicResources', events: [],
    prepareFilter(cycle) { asked.add(cycle); return undefined; },
    postFilter: (cycle) => ({ verdict: asked.has(cycle) ? NOTHING_TO_FREE : NOT_ASKED }),
  };
}
