import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt } from 'jose';
import { StatusError } from '@kubernode/apimachinery';
import { readSigningKey } from './keys.ts';
import { keySigner } from './token-signer.ts';
import { requestToken, type TokenIssuer, type TokenRequest } from './token-request.ts';

const NOW = Date.parse('2026-01-01T00:00:00.750Z');
const signer = keySigner(readSigningKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 'ec')); // PEM is text
const issuer: TokenIssuer = {
  issuer: 'https://issuer', apiAudiences: ['api'], signer: () => signer, clock: { now: () => NOW }, newId: () => 'id-1', maxExpirationSeconds: 0, extendExpiration: true,
  lookups: {
    markUsed: () => undefined,
    serviceAccount: (namespace, name) => (name === 'app' ? { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, uid: 'app-uid' } } : undefined),
    pod: (namespace, name) => (name === 'p' || name === 'foreign' ? { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid: `${name}-uid` }, spec: { containers: [], nodeName: 'n', serviceAccountName: name === 'p' ? 'app' : 'other' } } : undefined),
    secret: () => undefined,
    node: (name) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: `${name}-uid` } }),
  },
};

async function ask(spec: object, { metadata = {}, name = 'app', change = {} }: { metadata?: object; name?: string; change?: Partial<TokenIssuer> } = {}): Promise<{ object: Record<string, unknown>; claims: Record<string, unknown>; warnings: string[] }> {
  const warnings: string[] = [];
  const request = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata: { name: '', ...metadata }, spec } as TokenRequest; // as clients may send it
  const object = await requestToken(request, { namespace: 'ns', name, warn: (text) => { warnings.push(text); } }, { ...issuer, ...change });
  return { object, claims: decodeJwt((object['status'] as { token: string }).token), warnings };
}

describe('requestToken', () => {
  it('fills in audience, time and metadata', async () => {
    const { object, claims } = await ask({});
    expect(object).toMatchObject({
      kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata: { name: 'app', namespace: 'ns', uid: 'app-uid', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { audiences: ['api'], expirationSeconds: 3600, boundObjectRef: null }, status: { expirationTimestamp: '2026-01-01T01:00:00Z' },
    });
    expect(claims).toMatchObject({ aud: ['api'], iss: 'https://issuer', jti: 'id-1', sub: 'system:serviceaccount:ns:app' });
  });

  it('tells the node of a pod, and lets tokens of pods live longer than they say', async () => {
    const { object, claims } = await ask({ boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p' }, expirationSeconds: 3607 });
    const iat = Math.floor(NOW / 1000);
    expect(claims).toMatchObject({ exp: iat + 31_536_000, 'kubernetes.io': { pod: { name: 'p', uid: 'p-uid' }, node: { name: 'n', uid: 'n-uid' }, warnafter: iat + 3607 } });
    expect(object['status']).toMatchObject({ expirationTimestamp: '2026-01-01T01:00:07Z' });
    const plain = await ask({ boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p' }, expirationSeconds: 3607, audiences: ['else'] });
    expect(plain.claims['exp']).toBe(iat + 3607);
  });

  it('shows admission the completed request', async () => {
    const request = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata: { name: '' }, spec: {} } as TokenRequest; // as clients may send it
    const refused = requestToken(request, { namespace: 'ns', name: 'app', warn: () => undefined, judge: () => Promise.reject(new Error(JSON.stringify(request))) }, issuer);
    await expect(refused).rejects.toThrow(JSON.stringify({ kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata: { name: 'app', namespace: 'ns', uid: 'app-uid', creationTimestamp: '2026-01-01T00:00:00Z' }, spec: { audiences: ['api'], expirationSeconds: 3600 } }));
  });

  it('shortens what is longer than allowed, with a warning', async () => {
    const { object, warnings } = await ask({ expirationSeconds: 9000 }, { change: { maxExpirationSeconds: 7200 } });
    expect([(object['spec'] as { expirationSeconds: number }).expirationSeconds, warnings]).toEqual([7200, ['requested expiration of 9000 seconds shortened to 7200 seconds']]);
  });

  it.each<[string, object, { metadata?: object; name?: string }, string]>([
    ['too short a time', { expirationSeconds: 599 }, {}, '422 TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes'],
    ['too long a time', { expirationSeconds: 4294967297 }, {}, '422 TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds'],
    ['a missing account', {}, { name: 'nope' }, '404 serviceaccounts "nope" not found'],
    ['another uid', {}, { metadata: { uid: 'x' } }, '409 Operation cannot be fulfilled on TokenRequest.authentication.k8s.io "app": the UID in the token request (x) does not match the UID of the service account (app-uid)'],
    ['another name', {}, { metadata: { name: 'x' } }, '422 TokenRequest.authentication.k8s.io "app" is invalid: metadata.name: Invalid value: "x": must match the service account name if specified'],
    ['a missing pod', { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'nope' } }, {}, '404 pods "nope" not found'],
    ['a pod of another account', { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'foreign' } }, {}, '400 cannot bind token for serviceaccount "app" to pod running with different serviceaccount name.'],
    ['a pod made anew', { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'x' } }, {}, '409 Operation cannot be fulfilled on Pod "p": the UID in the bound object reference (x) does not match the UID in record. The object might have been deleted and then recreated'],
    ['another kind', { boundObjectRef: { apiVersion: 'v1', kind: 'ConfigMap', name: 'x' } }, {}, '400 cannot bind token to object of type /v1, Kind=ConfigMap'],
    ['another group', { boundObjectRef: { apiVersion: 'apps/v1', kind: 'Pod', name: 'x' } }, {}, '400 cannot bind token to object of type apps/v1, Kind=Pod'],
    ['no name', { boundObjectRef: { apiVersion: 'v1', kind: 'Pod' } }, {}, '400 Name parameter required.'],
  ])('refuses %s', async (_name, spec, how, expected) => {
    const refusal: unknown = await ask(spec, how).catch((error: unknown) => error);
    expect(refusal instanceof StatusError ? `${refusal.code} ${refusal.message}` : refusal).toBe(expected);
  });
});
