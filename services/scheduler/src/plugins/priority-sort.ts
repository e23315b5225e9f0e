import type { Plugin } from '../framework/plugin.ts';

/** The more important first, then the one that has waited longer. */
export const prioritySort: Plugin = {
  name: 'PrioritySort',
  events: [],
  before: (a, b) => a.info.priority > b.info.priority || (a.info.priority === b.info.priority && a.queuedMs < b.queuedMs),
};
