import { onNode } from '../framework/cluster-event.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unresolvable } from '../framework/verdict.ts';

const OTHER = unresolvable("node(s) didn't match the requested node name");

/** A pod that names its node gets no other. */
export const nodeName: Plugin = {
  name: 'NodeName',
  events: [onNode(['Add'])],
  prepareFilter({ subject: { pod } }) {
    const wanted = pod.spec?.nodeName ?? '';
    return wanted === '' ? undefined : { check: ({ name }) => (name === wanted ? undefined : OTHER) };
  },
};
