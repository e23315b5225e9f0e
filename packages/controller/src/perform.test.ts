import { coreV1Resources } from '@kubernode/api';
import { createFakeClient } from '@kubernode/testing';
import type { Action } from './action.ts';
import { perform } from './perform.ts';

const configMap = (name: string): Action => ({ do: 'create', resource: coreV1Resources.configmaps, object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'ns' } } });
const silent = { event: () => undefined, run: () => Promise.resolve() };

async function outcome(action: Action, taken: readonly string[]): Promise<{ stored: string[]; failed: boolean }> {
  const client = createFakeClient(taken.map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'ns' } })));
  const failed = await perform([action], { client, recorder: silent, signal: new AbortController().signal }).then(() => false, () => true);
  return { stored: client.all(coreV1Resources.configmaps).map(({ metadata }) => metadata.name), failed };
}

test.each(['all', 'slow-start', 'in-order'] as const)('%s tells what follows a failure how many of its actions succeeded', async (kind) => {
  const actions = ['a', 'taken', 'b', 'c'].map(configMap);
  const { stored, failed } = await outcome({ do: kind, actions, failed: (_error, done) => [configMap(`done-${done}`)] }, ['taken']);
  // Slow start tries one, then two, of which one fails; "c" is never tried. In order, neither is "b".
  const want = { all: ['a', 'b', 'c', 'done-3', 'taken'], 'slow-start': ['a', 'b', 'done-2', 'taken'], 'in-order': ['a', 'done-1', 'taken'] };
  expect({ stored: [...stored].sort(), failed }).toEqual({ stored: want[kind], failed: true });
});

test('what follows a failure is left out when all goes well', async () => {
  expect(await outcome({ do: 'all', actions: [configMap('a')], failed: () => [configMap('never')] }, [])).toEqual({ stored: ['a'], failed: false });
});
