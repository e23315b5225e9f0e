import { appsV1Resources } from '@kubernode/api';
import type { ObjectMeta } from '@kubernode/apimachinery';
import { controllerKeys } from './ownership.ts';

const owned = (name: string, more: object = {}): { metadata: ObjectMeta } => ({ metadata: { name: 'x', namespace: 'ns', ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name, uid: name, controller: true, ...more }] } });
const keys = controllerKeys(appsV1Resources.deployments);

test.each<[string, Parameters<typeof keys>[0], string[]]>([
  ['who owns it', { key: 'ns/x', object: owned('a') }, ['ns/a']],
  ['who owned it before, too', { key: 'ns/x', object: owned('b'), previous: owned('a') }, ['ns/b', 'ns/a']],
  ['who owned what is gone', { key: 'ns/x', previous: owned('a') }, ['ns/a']],
  ['also by another version', { key: 'ns/x', object: owned('a', { apiVersion: 'apps/v1beta1' }) }, ['ns/a']],
  ['nobody of another kind', { key: 'ns/x', object: owned('a', { kind: 'ReplicaSet' }) }, []],
  ['nobody of another group', { key: 'ns/x', object: owned('a', { apiVersion: 'example.com/v1' }) }, []],
  ['nobody who does not manage it', { key: 'ns/x', object: owned('a', { controller: false }) }, []],
])('controllerKeys gives %s', (_title, change, want) => { expect(keys(change)).toEqual(want); });
