import { resources } from '@kubernode/api';
import { localApiServices } from './api-services.ts';

describe('localApiServices', () => {
  test('has one for every version that is served, but for the group of APIServices itself', () => {
    const wanted = [...new Set(resources.filter(({ group }) => group !== 'apiregistration.k8s.io').map(({ group, version }) => `${version}.${group}`))].sort();
    expect(localApiServices(resources).map(({ metadata }) => metadata.name).sort()).toEqual(wanted);
  });

  test('tells neither a group nor a service of the core group', () => {
    expect(localApiServices([{ group: '', version: 'v1' }, { group: 'example.com', version: 'v1' }])).toEqual([{
      kind: 'APIService', apiVersion: 'apiregistration.k8s.io/v1',
      metadata: { name: 'v1.', labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
      spec: { version: 'v1', groupPriorityMinimum: 18_000, versionPriority: 1 },
    }]);
  });
});
