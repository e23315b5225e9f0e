import { generateKeyPairSync } from 'node:crypto';
import type { coreV1 } from '@kubernode/api';
import { CompactSign } from 'jose';
import type { TokenVerdict } from '../token-authenticator.ts';
import { issueToken, tokenClaims, type TokenSubject, type TokenTerms } from './issue-token.ts';
import { readSigningKey, readVerificationKeys } from './keys.ts';
import { keySigner } from './token-signer.ts';
import type { TokenLookups } from './lookups.ts';
import { serviceAccountTokenAuthenticator } from './service-account-token.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const PEM = { type: 'pkcs8', format: 'pem' } as const;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsaPem = rsa.privateKey.export(PEM) as string; // PEM is text
const ecPem = ec.privateKey.export(PEM) as string; // PEM is text
const signer = keySigner(readSigningKey(rsaPem, 'rsa'));
const keys = [...readVerificationKeys(rsaPem, 'rsa'), ...readVerificationKeys(ec.publicKey.export({ type: 'spki', format: 'pem' }) as string, 'ec')]; // PEM is text

const meta = (name: string, more: object = {}): coreV1.Pod['metadata'] => ({ name, namespace: 'ns', uid: `${name}-uid`, ...more });
const lookups: TokenLookups = {
  serviceAccount: (namespace, name) => (namespace === 'ns' && name === 'app' ? { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta('app') } : undefined),
  pod: (_namespace, name) => (name === 'p' ? { apiVersion: 'v1', kind: 'Pod', metadata: meta('p') } : name === 'dying' ? { apiVersion: 'v1', kind: 'Pod', metadata: meta('dying', { deletionTimestamp: '2025-12-31T23:00:00Z' }) } : undefined),
  secret: (_namespace, name) => (name === 's' ? { apiVersion: 'v1', kind: 'Secret', metadata: meta('s') } : undefined),
  node: (name) => (name === 'n' ? { apiVersion: 'v1', kind: 'Node', metadata: meta('n') } : undefined),
  markUsed: () => undefined,
};
const subject: TokenSubject = { namespace: 'ns', account: { name: 'app', uid: 'app-uid' } };
const terms: TokenTerms = { issuer: 'https://issuer', audiences: ['api'], expirationSeconds: 600, id: 'id-1', nowMs: NOW };
const authenticator = serviceAccountTokenAuthenticator({ issuers: ['https://issuer', 'https://old'], keys: { verification: () => keys }, apiAudiences: ['api'], lookups, clock: { now: () => NOW } });

async function judge(subjectChange: Partial<TokenSubject>, termsChange: Partial<TokenTerms> = {}, audiences: string[] = ['api']): Promise<TokenVerdict> {
  return authenticator.authenticate(await issueToken({ ...subject, ...subjectChange }, { ...terms, ...termsChange }, signer), audiences);
}

const ref = (name: string): { name: string; uid: string } => ({ name, uid: `${name}-uid` });

describe('serviceAccountTokenAuthenticator', () => {
  it('accepts what was issued', async () => {
    expect(await judge({ pod: ref('p'), node: ref('n') })).toEqual({
      kind: 'user', audiences: ['api'],
      user: {
        name: 'system:serviceaccount:ns:app', uid: 'app-uid', groups: ['system:serviceaccounts', 'system:serviceaccounts:ns'],
        extra: {
          'authentication.kubernetes.io/credential-id': ['JTI=id-1'], 'authentication.kubernetes.io/node-name': ['n'], 'authentication.kubernetes.io/node-uid': ['n-uid'],
          'authentication.kubernetes.io/pod-name': ['p'], 'authentication.kubernetes.io/pod-uid': ['p-uid'],
        },
      },
    });
  });

  it.each<[string, Partial<TokenSubject>, Partial<TokenTerms>, string[], string]>([
    ['a token bound to a secret', { secret: ref('s') }, {}, ['api'], 'user'],
    ['a token bound to a node', { node: ref('n') }, {}, ['api'], 'user'],
    ['a token of an older issuer', {}, { issuer: 'https://old' }, ['api'], 'user'],
    ['a token of a stranger', {}, { issuer: 'https://else' }, ['api'], 'unknown'],
    ['one of several audiences', {}, { audiences: ['a', 'b'] }, ['b', 'c'], 'user'],
    ['a foreign audience', {}, { audiences: ['a', 'b'] }, ['api'], 'token audiences ["a" "b"] is invalid for the target audiences ["api"]'],
    ['an expired token', {}, { nowMs: NOW - 661_000 }, ['api'], 'service account token has expired'],
    ['a token that expired within the leeway', {}, { nowMs: NOW - 659_000 }, ['api'], 'user'],
    ['a token of the future', {}, { nowMs: NOW + 61_000 }, ['api'], 'service account token is not valid yet'],
    ['a missing account', { account: ref('gone') }, {}, ['api'], 'serviceaccounts "gone" not found'],
    ['an account made anew', { account: { name: 'app', uid: 'old' } }, {}, ['api'], 'service account UID (app-uid) does not match claim (old)'],
    ['a missing pod', { pod: ref('gone') }, {}, ['api'], 'service account token has been invalidated'],
    ['a pod made anew', { pod: { name: 'p', uid: 'old' } }, {}, ['api'], 'pod UID (p-uid) does not match service account pod ref claim (old)'],
    ['a pod that should be gone', { pod: ref('dying') }, {}, ['api'], 'service account token has been invalidated'],
    ['a missing secret', { secret: ref('gone') }, {}, ['api'], 'service account token has been invalidated'],
    ['a missing node', { node: ref('gone') }, {}, ['api'], 'service account token has been invalidated'],
    ['a missing node of a pod', { pod: ref('p'), node: { name: 'gone', uid: '' } }, {}, ['api'], 'user'],
  ])('judges %s', async (_name, subjectChange, termsChange, audiences, expected) => {
    const verdict = await judge(subjectChange, termsChange, audiences);
    expect(verdict.kind === 'refused' ? verdict.reason : verdict.kind).toBe(expected);
  });

  it('accepts signatures of any of its keys, and no others', async () => {
    const byEc = await issueToken(subject, terms, keySigner(readSigningKey(ecPem, 'ec')));
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const byOther = await issueToken(subject, terms, keySigner(readSigningKey(other.export(PEM) as string, 'other'))); // PEM is text
    const forged = await new CompactSign(Buffer.from(JSON.stringify(tokenClaims(subject, terms)))).setProtectedHeader({ alg: 'ES256', kid: keys[1]?.id ?? '' }).sign(other);
    const good = await issueToken(subject, terms, signer);
    const [header = '', payload = ''] = good.split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    const verdicts = await Promise.all([byEc, byOther, forged, `${good}x`, `${header}.${payload}.`, none, 'a.b.c', ''].map(async (token) => authenticator.authenticate(token, ['api'])));
    expect(verdicts.map(({ kind }) => kind)).toEqual(['user', 'refused', 'refused', 'refused', 'refused', 'refused', 'unknown', 'unknown']);
  });

  it('accepts a token that a secret keeps, for as long as the secret holds it', async () => {
    const claims = {
      iss: 'kubernetes/serviceaccount', sub: 'system:serviceaccount:ns:app', 'kubernetes.io/serviceaccount/namespace': 'ns', 'kubernetes.io/serviceaccount/secret.name': 'kept',
      'kubernetes.io/serviceaccount/service-account.name': 'app', 'kubernetes.io/serviceaccount/service-account.uid': 'app-uid',
    };
    const token = await new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg: 'RS256' }).sign(rsa.privateKey);
    const used: string[] = [];
    const verdictWith = (stored: string | undefined): TokenVerdict | Promise<TokenVerdict> => serviceAccountTokenAuthenticator({
      issuers: ['https://issuer'], keys: { verification: () => keys }, apiAudiences: ['api'], clock: { now: () => NOW },
      lookups: { ...lookups, markUsed: ({ metadata }) => { used.push(metadata.name); }, secret: () => (stored === undefined ? undefined : { apiVersion: 'v1', kind: 'Secret', metadata: meta('kept'), data: { token: Buffer.from(stored).toString('base64') } }) },
    }).authenticate(token, ['api']);
    expect(await Promise.all([verdictWith(token), verdictWith('other'), verdictWith(undefined)])).toEqual([
      { kind: 'user', audiences: ['api'], user: { name: 'system:serviceaccount:ns:app', uid: 'app-uid', groups: ['system:serviceaccounts', 'system:serviceaccounts:ns'], extra: {} }, notes: { warnings: [], annotations: { 'authentication.k8s.io/legacy-token': 'system:serviceaccount:ns:app', 'authentication.k8s.io/legacy-token-manual-secret': 'kept' } } },
      { kind: 'refused', reason: "Token does not match server's copy" }, { kind: 'refused', reason: 'Token has been invalidated' },
    ]);
    expect(used).toEqual(['kept']);
  });
});

it('tokenClaims are those of Kubernetes', () => {
  expect(tokenClaims({ ...subject, pod: ref('p'), node: { name: 'n', uid: '' } }, { ...terms, warnAfterSeconds: 60 })).toEqual({
    aud: ['api'], exp: NOW / 1000 + 600, iat: NOW / 1000, nbf: NOW / 1000, iss: 'https://issuer', jti: 'id-1', sub: 'system:serviceaccount:ns:app',
    'kubernetes.io': { namespace: 'ns', serviceaccount: ref('app'), pod: ref('p'), node: { name: 'n' }, warnafter: NOW / 1000 + 60 },
  });
});
