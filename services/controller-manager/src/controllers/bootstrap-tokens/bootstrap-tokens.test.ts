import type { coreV1 } from '@kubernode/api';
import { reconcile } from './bootstrap-signer.ts';
import { clean } from './bootstrap-token-cleaner.ts';

const NOW_MS = Date.parse('2026-06-01T00:00:00Z');

function token(data: Record<string, string> = {}, name = 'bootstrap-token-abcdef'): coreV1.Secret {
  const all = { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-signing': 'true', ...data };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'kube-system', uid: 'u' }, data: Object.fromEntries(Object.entries(all).map(([key, value]) => [key, Buffer.from(value).toString('base64')])) };
}

const clusterInfo = (data?: Record<string, string>): coreV1.ConfigMap => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cluster-info', namespace: 'kube-public' }, ...(data && { data }) });

/** The data that is written, if any. */
function signed(tokens: readonly coreV1.Secret[], data?: Record<string, string>): unknown {
  const [action] = reconcile({ clusterInfo: clusterInfo(data), tokens }, NOW_MS).actions;
  return action && (action as { object: coreV1.ConfigMap }).object.data;
}

describe('cluster-info', () => {
  test('is signed with each token, once', () => {
    const data = signed([token()], { kubeconfig: 'payload', other: 'x' });
    expect(data).toEqual({ kubeconfig: 'payload', other: 'x', 'jws-kubeconfig-abcdef': expect.stringMatching(/^eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9\.\.[\w-]{43}$/) });
    expect(signed([token()], data as Record<string, string>)).toBeUndefined();
  });

  test('is signed anew when it changes, and loses signatures of tokens that are gone', () => {
    const stale = { 'jws-kubeconfig-abcdef': 'of what it was before', 'jws-kubeconfig-zzzzzz': 'x' };
    expect(Object.keys(signed([token()], { kubeconfig: 'changed', ...stale }) as object)).toEqual(['kubeconfig', 'jws-kubeconfig-abcdef']);
    expect(signed([], { kubeconfig: 'changed', ...stale })).toEqual({ kubeconfig: 'changed' });
  });

  test.each<[string, coreV1.Secret]>([
    ['of another name', token({}, 'other')],
    ['of another id', token({ 'token-id': 'ghijkl' })],
    ['without a secret', token({ 'token-secret': '' })],
    ['for something else', token({ 'usage-bootstrap-signing': 'false' })],
    ['that has ended', token({ expiration: '2026-05-31T23:59:59Z' })],
    ['with an end that cannot be read', token({ expiration: 'soon' })],
  ])('is not signed with a token %s', (_title, one) => { expect(signed([one], { kubeconfig: 'payload' })).toBeUndefined(); });

  test('without a kubeconfig is left alone', () => { expect(signed([token()])).toBeUndefined(); });

  test('is looked at again when a token ends', () => {
    expect(reconcile({ clusterInfo: clusterInfo({ kubeconfig: 'x' }), tokens: [token({ expiration: '2026-06-01T00:01:00Z' }), token()] }, NOW_MS).againAfterMs).toBe(60_000);
  });
});

test.each<[string, string | undefined, object]>([
  ['stays for ever without an end', undefined, { actions: [] }],
  ['stays until its end', '2026-06-01T00:01:00Z', { actions: [], againAfterMs: 60_000 }],
  ['goes at its end', '2026-06-01T00:00:00Z', { actions: [{ do: 'delete', uid: 'u', target: { name: 'bootstrap-token-abcdef' } }] }],
  ['goes with an end that cannot be read', 'soon', { actions: [{ do: 'delete' }] }],
])('a bootstrap token %s', (_title, expiration, want) => { expect(clean(token(expiration === undefined ? {} : { expiration }), NOW_MS)).toMatchObject(want); });
