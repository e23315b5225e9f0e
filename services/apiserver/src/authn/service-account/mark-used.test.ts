import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { ObjectWriter } from '../../endpoints/endpoint.ts';
import { usedSecretMarker } from './mark-used.ts';

const NOW = Date.parse('2026-01-02T10:00:00Z');
const secret = (lastUsed?: string): coreV1.Secret & KubeObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'ns', uid: 'u', ...(lastUsed !== undefined && { labels: { 'kubernetes.io/legacy-token-last-used': lastUsed } }) } });

it.each<[string, string | undefined, string[]]>([
  ['a secret that was never used', undefined, ['2026-01-02']],
  ['one of yesterday', '2026-01-01', ['2026-01-02']],
  ['one of today', '2026-01-02', []],
  ['one of a clock ahead', '2026-01-03', []],
])('usedSecretMarker dates %s, once at a time', async (_name, lastUsed, written) => {
  const labels: (string | undefined)[] = [];
  const update = async (_resource: unknown, _key: unknown, change: (object: KubeObject) => KubeObject | undefined): Promise<KubeObject> => {
    const changed = change(secret(lastUsed)) ?? secret();
    labels.push(changed.metadata.labels?.['kubernetes.io/legacy-token-last-used']);
    return changed;
  };
  const mark = usedSecretMarker({ writer: { update: update as ObjectWriter['update'] }, clock: { now: () => NOW }, logger: { warn: () => undefined } }); // a secret's part of it
  mark(secret(lastUsed));
  mark(secret(lastUsed));
  await Promise.resolve();
  expect(labels).toEqual(written);
});
