import { storageV1Resources } from '@kubernode/api';
import { createFakeClient } from '@kubernode/testing';
import { ensureLocalPathClass, hasLocalPaths, localPathClass } from './local-path.ts';

test.each([
  [true, { nodes: 1 }], [false, { nodes: 0 }], [false, { nodes: 1, localPathProvisioner: false }], [true, { nodes: 0, localPathProvisioner: true }],
])('hasLocalPaths is %s for %j', (expected, config) => {
  expect(hasLocalPaths(config)).toBe(expected);
});

test('ensureLocalPathClass leaves a class that users changed as it is', async () => {
  const client = createFakeClient([{ ...localPathClass, metadata: { name: 'local-path' } }]);
  await ensureLocalPathClass(client, new AbortController().signal);
  expect(client.stored(storageV1Resources.storageclasses, 'local-path')?.metadata.annotations).toBeUndefined();
});
