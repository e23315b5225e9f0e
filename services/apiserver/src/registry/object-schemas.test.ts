import { compiledSchema } from './object-schemas.ts';

test('an empty list of managedFields is kept, which clears those that are stored; other empty lists are absent', () => {
  const { object } = compiledSchema('io.k8s.api.core.v1.ConfigMap')?.normalise({ metadata: { name: 'a', finalizers: [], managedFields: [] } }) ?? {};
  expect(object).toMatchObject({ metadata: { name: 'a', managedFields: [] } });
  expect(JSON.stringify(object)).not.toContain('finalizers');
});

test('an empty list of managedFields within a template is absent', () => {
  const template = { metadata: { labels: { app: 'a' }, managedFields: [] }, spec: { containers: [] } };
  expect(JSON.stringify(compiledSchema('io.k8s.api.core.v1.PodTemplate')?.normalise({ metadata: {}, template }).object)).not.toContain('managedFields');
});

test('compiledSchema is the same for the same name', () => {
  expect(compiledSchema('io.k8s.api.core.v1.ConfigMap')).toBe(compiledSchema('io.k8s.api.core.v1.ConfigMap'));
});
