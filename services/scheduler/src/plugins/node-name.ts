import type { Plugin } from '../framework/plugin.ts';

/** A pod that names its node goes there or nowhere. */
export const nodeName: Plugin = {
  name: 'NodeName',
  events: ['node-added'],
  prepareFilter({ subject: { pod } }) {
    const wanted = pod.spec?.nodeName ?? '';
    return wanted === '' ? undefined : ({ name }) => (name === wanted ? undefined : { reasons: ["node(s) didn't match the requested node name"], resolvable: false });
  },
};
