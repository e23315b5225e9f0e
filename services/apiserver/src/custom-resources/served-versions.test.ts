import { beginDeletion } from './begin-deletion.ts';
import { widgets } from './definition.fixture.ts';
import { deprecationWarning } from './deprecation.ts';
import { servedVersions } from './served-versions.ts';
import { wantedServices } from './api-service-sync.ts';

describe('servedVersions', () => {
  test('is nothing before a definition is established', () => {
    expect(servedVersions(widgets({ status: { acceptedNames: { plural: 'widgets', kind: 'Widget' } } }))).toEqual([]);
  });

  test('has each served version with its subresources, under the accepted names', () => {
    const definition = widgets({
      names: { shortNames: ['wanted'] }, versions: [{ name: 'v1', storage: false, subresources: { status: {} } }, { name: 'v2', subresources: { scale: { specReplicasPath: '.spec.r', statusReplicasPath: '.status.r' } } }, { name: 'v3', served: false, storage: false }],
    });
    definition.status = { ...definition.status, acceptedNames: { ...definition.spec.names, shortNames: ['given'] } };
    expect(servedVersions(definition).map(({ offered: { customSchema: _schema, verbs: _verbs, ...offered } }) => offered)).toEqual([
      expect.objectContaining({ group: 'example.com', version: 'v1', resource: 'widgets', shortNames: ['given'], storage: { group: 'example.com', version: 'v2' }, subresources: [{ name: 'status', group: 'example.com', version: 'v1', kind: 'Widget', verbs: ['get', 'patch', 'update'] }] }),
      expect.objectContaining({ version: 'v2', subresources: [{ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] }] }),
    ]);
  });

  test('lets nothing new come once deletion has begun', () => {
    const definition = widgets();
    beginDeletion(definition, Date.UTC(2030, 0, 1));
    expect(definition.metadata).toMatchObject({ deletionTimestamp: '2030-01-01T00:00:00Z', finalizers: ['customresourcecleanup.apiextensions.k8s.io'] });
    expect(servedVersions(definition)[0]?.offered.verbs).toEqual(['delete', 'deletecollection', 'get', 'list', 'watch']);
  });
});

describe('deprecationWarning', () => {
  const versions = [{ name: 'v1', deprecated: true }, { name: 'v1beta1', storage: false, deprecated: true, deprecationWarning: 'own words' }, { name: 'v2', storage: false }, { name: 'v10', storage: false }, { name: 'v3alpha1', storage: false }];
  const definition = widgets({ versions });
  test.each([[0, 'example.com/v1 Widget is deprecated; use example.com/v10 Widget'], [1, 'own words'], [2, undefined]])('of version %i is %s', (index, warning) => {
    const version = definition.spec.versions[index];
    expect(version && deprecationWarning(definition, version)).toBe(warning);
  });
  test('names no better version where there is none', () => {
    const [only] = widgets({ versions: [{ deprecated: true }] }).spec.versions;
    expect(only && deprecationWarning(widgets({ versions: [{ deprecated: true }, { name: 'v1beta1', storage: false }] }), only)).toBe('example.com/v1 Widget is deprecated');
  });
});

test('an APIService stands for each served version of a group', () => {
  const others = widgets({ names: { plural: 'others' }, versions: [{}, { name: 'v2', served: false, storage: false }] });
  expect([...wantedServices([widgets(), others])]).toEqual([['v1.example.com', 'example.com/v1']]);
});
