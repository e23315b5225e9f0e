import type { coreV1 } from '@kubernode/api';
import { podSecretNames } from './pod-secret-names.ts';
import { clean, type CleanerSnapshot } from './token-cleaner.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-06-01T10:00:00Z');
const PERIOD_MS = 30 * DAY_MS;

function snapshot({ labels = {}, created = '2026-01-01T00:00:00Z', since = '2026-01-01', references = ['t'], used = false }: { labels?: object; created?: string; since?: string | null; references?: string[]; used?: boolean } = {}): CleanerSnapshot {
  return {
    secret: { metadata: { name: 't', namespace: 'ns', uid: 'u', resourceVersion: '7', labels, creationTimestamp: created } } as unknown as coreV1.Secret, // the rest is not read
    account: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sa' }, secrets: references.map((name) => ({ name })) }, trackedSince: since ?? undefined, isUsedByPods: () => used,
  };
}

const mark = { do: 'patch', target: { name: 't', namespace: 'ns' }, patch: { type: 'merge', body: { metadata: { uid: 'u', labels: { 'kubernetes.io/legacy-token-invalid-since': '2026-06-01' } } } } };
const remove = { do: 'delete', target: { name: 't', namespace: 'ns' }, uid: 'u', resourceVersion: '7' };
const used = (day: string): object => ({ 'kubernetes.io/legacy-token-last-used': day });
const invalid = (day: string): object => ({ 'kubernetes.io/legacy-token-invalid-since': day });

test.each<[string, Parameters<typeof snapshot>[0], object[]]>([
  ['never used', {}, [mark]],
  ['used long ago', { labels: used('2026-04-01') }, [mark]],
  ['used within the period', { labels: used('2026-05-02') }, []],
  ['with a use that cannot be read', { labels: used('yesterday') }, []],
  ['made within the period', { created: '2026-05-10T00:00:00Z' }, []],
  ['when uses are noted for too short a time', { since: '2026-05-02' }, []],
  ['when uses are not noted', { since: null }, []],
  ['made by hand', { references: ['other'] }, []],
  ['used by a pod', { used: true }, []],
  ['marked just now', { labels: invalid('2026-06-01') }, []],
  ['marked within the period', { labels: invalid('2026-05-02') }, []],
  ['marked long ago', { labels: invalid('2026-05-01') }, [remove]],
  ['marked with what is no day', { labels: invalid('soon') }, [mark]],
  ['marked long ago, but used since', { labels: { ...invalid('2026-04-01'), ...used('2026-05-20') } }, []],
])('a token %s', (_title, given, want) => { expect(clean(snapshot(given), NOW_MS, PERIOD_MS).actions).toMatchObject(want); });

test('podSecretNames finds secrets wherever a pod names them', () => {
  const spec = {
    imagePullSecrets: [{ name: 'pull' }],
    initContainers: [{ envFrom: [{ secretRef: { name: 'from' } }, { configMapRef: { name: 'no' } }] }],
    containers: [{ env: [{ valueFrom: { secretKeyRef: { name: 'env', key: 'k' } } }, { value: 'no' }] }],
    volumes: [{ secret: { secretName: 'volume' } }, { projected: { sources: [{ secret: { name: 'projected' } }, { configMap: { name: 'no' } }] } }, { csi: { nodePublishSecretRef: { name: 'csi' } } }, { emptyDir: {} }],
  };
  expect([...podSecretNames({ spec } as unknown as coreV1.Pod)].sort()).toEqual(['csi', 'env', 'from', 'projected', 'pull', 'volume']); // names are enough
});
