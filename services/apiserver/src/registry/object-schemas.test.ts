import { compiledSchema } from './object-schemas.ts';

test('an empty list of managedFields is kept, which clears those that are stored; other empty lists are absent', () => {
  const { object } = compiledSchema('io.k8s.api.core.v1.ConfigMap')?.normalise({ metadata: { name: 'a', finalizers: [], managedFields: [] } }) ?? {};
  expect(object).toMatchObject({ metadata: { name: 'a', managedFields: [] } });
  expect(JSON.stringify(object)).not.toContain('finalizers');
});
