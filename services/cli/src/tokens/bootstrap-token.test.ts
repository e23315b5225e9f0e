import { seededRng } from '@kubernode/base';
import { JOINING_NODES, newToken, secretOf, TOKEN_USAGES } from './bootstrap-token.ts';
import { joinObjects } from './join-information.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const asked = { given: undefined, usages: TOKEN_USAGES, groups: [JOINING_NODES], description: 'for rack 3', ttlMs: 3_600_000, now, rng: seededRng(1) };

test('a token is a secret as kubeadm writes it', () => {
  const made = newToken({ ...asked, given: 'abcdef.0123456789abcdef' });
  const { data, ...secret } = secretOf(made);
  expect(secret).toEqual({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' }, type: 'bootstrap.kubernetes.io/token' });
  expect(Object.fromEntries(Object.entries(data as Record<string, string>).map(([name, value]) => [name, Buffer.from(value, 'base64').toString()]))).toEqual({
    'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-signing': 'true', 'usage-bootstrap-authentication': 'true', 'auth-extra-groups': JOINING_NODES,
    description: 'for rack 3', expiration: '2026-01-01T01:00:00Z',
  });
});

test('a new token is of random letters, and one without a time to live never expires', () => {
  const [one, other] = [newToken(asked), newToken({ ...asked, ttlMs: 0 })];
  expect([`${one.id}.${one.secret}`, other.expires]).toEqual([expect.stringMatching(/^[a-z0-9]{6}\.[a-z0-9]{16}$/), undefined]);
  expect(one.secret).not.toBe(other.secret);
});

test.each([
  [{ given: 'ABCDEF.0123456789abcdef' }, 'the token has to be of the form'],
  [{ groups: ['system:masters'] }, 'invalid group "system:masters"'],
  [{ usages: ['everything'] }, 'invalid usage "everything"'],
  [{ usages: [] }, 'invalid usage ""'],
  [{ ttlMs: -1 }, '--ttl cannot be negative'],
])('newToken refuses %j', (change, why) => { expect(() => newToken({ ...asked, ...change })).toThrow(why); });

test('strangers may read cluster-info alone, and joining nodes may ask for certificates', () => {
  const objects = joinObjects({ endpoint: '192.0.2.1:6443', ca: 'CA' });
  expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'ConfigMap cluster-info', 'Role kubeadm:bootstrap-signer-clusterinfo', 'RoleBinding kubeadm:bootstrap-signer-clusterinfo',
    'ClusterRoleBinding kubeadm:kubelet-bootstrap', 'ClusterRoleBinding kubeadm:node-autoapprove-bootstrap', 'ClusterRoleBinding kubeadm:node-autoapprove-certificate-rotation',
  ]);
  expect(objects[1]?.['rules']).toEqual([{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['cluster-info'], verbs: ['get'] }]);
});
