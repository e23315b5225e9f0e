import type { ApiRequest } from '../pipeline/api-request.ts';
import { websocketTokenAuthenticator } from './websocket-token.ts';

const protocolOf = (token: string): string => `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`;
const user = { name: 'u', uid: '', groups: [], extra: {} };

describe('websocketTokenAuthenticator', () => {
  const seen: string[] = [];
  const authenticator = websocketTokenAuthenticator({ authenticateToken: (token) => { seen.push(token); return Promise.resolve(user); } });
  const ask = (protocols: string | undefined, headers: Record<string, string> = { connection: 'keep-alive, Upgrade', upgrade: 'WebSocket' }): Promise<unknown> => {
    const request = { headers: { ...headers, ...(protocols !== undefined && { 'sec-websocket-protocol': protocols }) } } as unknown as ApiRequest; // what it looks at
    return authenticator.authenticate(request).catch((error: unknown) => (error as { code: number }).code);
  };

  it.each<[string, string | undefined, unknown]>([
    ['a token beside a protocol', `v4.channel.k8s.io, ${protocolOf('tok/en?')}`, user],
    ['no token', 'v4.channel.k8s.io', undefined],
    ['no protocols', undefined, undefined],
    ['a token alone', protocolOf('t'), 401],
    ['two tokens', `v4.channel.k8s.io,${protocolOf('a')},${protocolOf('b')}`, 401],
    ['a padded token', `v4.channel.k8s.io,${protocolOf('a')}=`, 401],
  ])('answers to %s', async (_name, protocols, expected) => {
    expect(await ask(protocols)).toEqual(expected);
  });

  it('looks at websockets alone', async () => {
    expect(await ask(`v4.channel.k8s.io,${protocolOf('t')}`, {})).toBeUndefined();
    expect(seen).toEqual(['tok/en?']);
  });
});
