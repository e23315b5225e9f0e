import { unauthorized } from '@kubernode/apimachinery';
import type { ApiRequest, Authenticator, Peer, UserInfo } from '../pipeline/api-request.ts';
import { ClientCertificateAuthenticator } from './client-certificate.ts';
import { requestHeaderAuthenticator } from './request-header.ts';
import { unionAuthenticator } from './union-authenticator.ts';

function requestFrom(peer: Partial<Peer>, headers: Record<string, string> = {}): ApiRequest {
  return {
    method: 'GET', path: '/', query: new URLSearchParams(), headers, body: Buffer.alloc(0), peer: { address: '', ...peer }, signal: new AbortController().signal, receivedAt: 0, transport: 'https',
  };
}

const known = (user: UserInfo | undefined): Authenticator => ({ authenticate: () => Promise.resolve(user) });
const refusing: Authenticator = { authenticate: () => Promise.reject(unauthorized()) };
const alice: UserInfo = { name: 'alice', uid: '', groups: [], extra: {} };

describe('unionAuthenticator', () => {
  it('takes the first user, even behind refused credentials; refuses when none is known', async () => {
    const request = requestFrom({});
    expect(await unionAuthenticator([known(undefined), refusing, known(alice)]).authenticate(request)).toBe(alice);
    expect(await unionAuthenticator([known(undefined)]).authenticate(request)).toBeUndefined();
    await expect(unionAuthenticator([refusing, known(undefined)]).authenticate(request)).rejects.toMatchObject({ code: 401 });
  });

  it.each<[string, ApiRequest, readonly Authenticator[], unknown]>([
    ['the first who is known', requestFrom({}), [{ ...refusing, known: () => 'nobody' }, { ...refusing, known: () => alice }], alice],
    ['nobody, when all say so', requestFrom({}), [{ ...refusing, known: () => 'nobody' }], 'nobody'],
    ['nothing past one that has to be asked', requestFrom({}), [{ ...refusing, known: () => 'ask' }, { ...refusing, known: () => alice }], 'ask'],
    ['nothing past one that knows nothing at once', requestFrom({}), [refusing, { ...refusing, known: () => alice }], 'ask'],
    ['nothing of a refused certificate', requestFrom({ refusedCertificate: true }), [new ClientCertificateAuthenticator({ now: () => 0 })], 'ask'],
    ['nothing of an expired certificate', requestFrom({ certificate: { commonName: 'x', organizations: [], expiresAtMs: 1 } }), [new ClientCertificateAuthenticator({ now: () => 2 })], 'ask'],
  ])('says at once: %s', (_what, request, authenticators, expected) => {
    expect(unionAuthenticator(authenticators).known?.(request)).toBe(expected);
  });

  it('does not take a fault of the server for wrong credentials', async () => {
    await expect(unionAuthenticator([{ authenticate: () => Promise.reject(new Error('boom')) }, known(alice)]).authenticate(requestFrom({}))).rejects.toThrow('boom');
  });
});

describe('ClientCertificateAuthenticator', () => {
  it('reads name and groups, and gives one user object a connection', async () => {
    const authenticator = new ClientCertificateAuthenticator({ now: () => 1_000 });
    const request = requestFrom({ certificate: { commonName: 'system:node:n', organizations: ['system:nodes'] } });
    const user = await authenticator.authenticate(request);
    expect(user).toEqual({ name: 'system:node:n', uid: '', groups: ['system:nodes', 'system:authenticated'], extra: {} });
    expect(await authenticator.authenticate(request)).toBe(user);
    expect(await authenticator.authenticate(requestFrom({}))).toBeUndefined();
    expect(await authenticator.authenticate(requestFrom({ certificate: { commonName: '', organizations: [] } }))).toBeUndefined();
  });

  it('refuses what the CA does not vouch for, and what has expired meanwhile', async () => {
    const authenticator = new ClientCertificateAuthenticator({ now: () => 1_000 });
    await expect(authenticator.authenticate(requestFrom({ refusedCertificate: true }))).rejects.toMatchObject({ code: 401 });
    await expect(authenticator.authenticate(requestFrom({ certificate: { commonName: 'a', organizations: [], expiresAtMs: 999 } }))).rejects.toMatchObject({ code: 401 });
    expect(await authenticator.authenticate(requestFrom({ certificate: { commonName: 'a', organizations: [], expiresAtMs: 1_000 } }))).toMatchObject({ name: 'a' });
  });
});

describe('requestHeaderAuthenticator', () => {
  const authenticator = requestHeaderAuthenticator({ allowedNames: ['proxy'], usernameHeaders: ['X-Remote-User'], uidHeaders: ['X-Remote-Uid'], groupHeaders: ['X-Remote-Group'], extraHeaderPrefixes: ['X-Remote-Extra-'] });
  const headers = { 'x-remote-user': 'carol', 'x-remote-group': 'one, two', 'x-remote-extra-scopes': 'view', 'x-remote-uid': 'u' };

  it('believes headers of the proxy alone', async () => {
    expect(await authenticator.authenticate(requestFrom({ frontProxy: { commonName: 'proxy' } }, headers)))
      .toEqual({ name: 'carol', uid: 'u', groups: ['one', 'two', 'system:authenticated'], extra: { scopes: ['view'] } });
    expect(await authenticator.authenticate(requestFrom({ frontProxy: { commonName: 'other' } }, headers))).toBeUndefined();
    expect(await authenticator.authenticate(requestFrom({ certificate: { commonName: 'proxy', organizations: [] } }, headers))).toBeUndefined();
  });
});
