import type { coreV1 } from '@kubernode/api';
import { bootstrapTokenAuthenticator } from './bootstrap-token.ts';

const data = { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true', 'auth-extra-groups': 'system:bootstrappers:worker' };
const secretWith = (change: Record<string, string>, type = 'bootstrap.kubernetes.io/token'): coreV1.Secret => ({
  apiVersion: 'v1', kind: 'Secret', metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' }, type,
  data: Object.fromEntries(Object.entries({ ...data, ...change }).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
});

it.each<[string, coreV1.Secret, string, boolean]>([
  ['a good token', secretWith({}), 'abcdef.0123456789abcdef', true],
  ['one that expires later', secretWith({ expiration: '2026-01-02T00:00:00Z' }), 'abcdef.0123456789abcdef', true],
  ['an expired one', secretWith({ expiration: '2025-12-31T00:00:00Z' }), 'abcdef.0123456789abcdef', false],
  ['one with a senseless expiration', secretWith({ expiration: 'soon' }), 'abcdef.0123456789abcdef', false],
  ['a wrong secret', secretWith({}), 'abcdef.0123456789abcdee', false],
  ['an unknown id', secretWith({}), 'abcdee.0123456789abcdef', false],
  ['one that is not for authentication', secretWith({ 'usage-bootstrap-authentication': 'false' }), 'abcdef.0123456789abcdef', false],
  ['a foreign group', secretWith({ 'auth-extra-groups': 'system:masters' }), 'abcdef.0123456789abcdef', false],
  ['a secret of another type', secretWith({}, 'Opaque'), 'abcdef.0123456789abcdef', false],
  ['no token at all', secretWith({}), 'hello', false],
])('bootstrapTokenAuthenticator judges %s', (_name, secret, token, accepted) => {
  const authenticator = bootstrapTokenAuthenticator({ secret: (name) => (name === secret.metadata.name ? secret : undefined), apiAudiences: ['api'], clock: { now: () => Date.parse('2026-01-01T00:00:00Z') } });
  expect(authenticator.authenticate(token, ['api'])).toEqual(accepted
    ? { kind: 'user', user: { name: 'system:bootstrap:abcdef', uid: '', groups: ['system:bootstrappers', 'system:bootstrappers:worker'], extra: {} }, audiences: ['api'] }
    : { kind: 'unknown' });
});
