import type { KubeObject } from '@kubernode/apimachinery';
import { refusal } from './refusal.ts';

describe('refusal', () => {
  const made = (metadata: object): KubeObject => ({ kind: 'Pod', apiVersion: 'v1', metadata }) as KubeObject; // a name is yet to come
  it.each<[string, string, KubeObject | undefined, string]>([
    ['the name of the request', 'p', made({ name: 'q' }), 'p'],
    ['that of the object where the request has none', '', made({ name: 'q', generateName: 'g-' }), 'q'],
    ['what a name will begin with', '', made({ generateName: 'g-' }), 'g-'],
    ['nothing of a deletion from a collection', '', undefined, 'Unknown'],
    ['nothing of options of a connection', '', { kind: 'PodExecOptions', apiVersion: 'v1' } as KubeObject, 'Unknown'], // they have no metadata
  ])('tells %s', (_what, name, object, told) => {
    expect(refusal({ group: '', resource: 'pods', name, object }, 'no').message).toBe(`pods "${told}" is forbidden: no`);
  });
});
