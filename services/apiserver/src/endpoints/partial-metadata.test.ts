import { partialMetadata, partialMetadataList } from './partial-metadata.ts';

const generation = 'deprecated.daemonset.template.generation';

test.each([
  ['DaemonSet', { [generation]: '1' }, undefined],
  ['DaemonSet', { [generation]: '1', a: 'b' }, { a: 'b' }],
  ['DaemonSet', { a: 'b' }, { a: 'b' }],
  ['ConfigMap', { [generation]: '1' }, { [generation]: '1' }],
])('partialMetadata of a %s with annotations %j has what is no field of Kubernetes\' own form', (kind, annotations, shown) => {
  expect(partialMetadata({ kind, apiVersion: 'v1', metadata: { name: 'x', annotations } }, 'v1')).toEqual({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'x', ...(shown !== undefined && { annotations: shown }) } });
});

test('partialMetadataList of nothing has null for items', () => {
  expect(partialMetadataList([], { resourceVersion: '7' }, 'v1')).toEqual({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: '7' }, items: null });
});
