import { createHmac } from 'node:crypto';
import { systemRng } from '@kubernode/base';
import { createAuthority } from '@kubernode/component-base';
import { clusterInfoKubeconfig } from '../cluster/cluster-info.ts';
import { authorityHashes } from '../tokens/join-information.ts';
import { verifyClusterInfo } from './discover-cluster.ts';

const token = { tokenId: 'abcdef', tokenSecret: '0123456789abcdef' };
let ca: string;
let data: Record<string, string>;

function sign(kubeconfig: string, { id = token.tokenId, alg = 'HS256' } = {}): string {
  const header = Buffer.from(JSON.stringify({ alg, kid: id })).toString('base64url');
  return `${header}..${createHmac('sha256', token.tokenSecret).update(`${header}.${Buffer.from(kubeconfig).toString('base64url')}`).digest('base64url')}`;
}

beforeAll(async () => {
  ca = (await createAuthority({ commonName: 'kubernetes', lifetimeMs: 3_600_000 }, { now: 1_800_000_000_000, rng: systemRng })).certificate;
  const kubeconfig = clusterInfoKubeconfig({ server: 'https://192.0.2.1:6443', ca });
  data = { kubeconfig, 'jws-kubeconfig-abcdef': sign(kubeconfig) };
});

test('verifyClusterInfo gives the authority that the token and the pinned key vouch for', () => {
  expect(verifyClusterInfo(data, { ...token, caHashes: ['sha256:other', ...authorityHashes(ca)] })).toBe(ca);
});

test.each<[string, () => Record<string, string>, object, string]>([
  ['another secret', () => data, { tokenSecret: 'fedcba9876543210' }, 'is not signed with this token'],
  ['a token that the cluster does not know', () => data, { tokenId: 'ghijkl' }, 'does not know the token ghijkl'],
  ['content that was changed', () => ({ ...data, kubeconfig: `${data['kubeconfig'] ?? ''} ` }), {}, 'is not signed with this token'],
  ['another algorithm', () => ({ ...data, 'jws-kubeconfig-abcdef': sign(data['kubeconfig'] ?? '', { alg: 'none' }) }), {}, 'is not signed with this token'],
  ['a signature for another token', () => ({ ...data, 'jws-kubeconfig-abcdef': sign(data['kubeconfig'] ?? '', { id: 'ghijkl' }) }), {}, 'is not signed with this token'],
  ['another authority', () => data, { caHashes: [`sha256:${'0'.repeat(64)}`] }, 'is not the one of --ca-cert-hash'],
])('verifyClusterInfo refuses %s', (_, given, change, message) => {
  expect(() => verifyClusterInfo(given(), { ...token, caHashes: authorityHashes(ca), ...change })).toThrow(message);
});
