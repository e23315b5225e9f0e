import type { Plugin } from '../framework/plugin.ts';
import { unschedulable } from '../framework/verdict.ts';

const NOTHING_TO_FREE = unschedulable('no new claims to deallocate');

/** Devices that pods claim. */
export function dynamicResources(): Plugin {
  return { name: 'DynamicResources', events: [], postFilter: () => ({ verdict: NOTHING_TO_FREE }) };
}
