import { generateKeyPairSync } from 'node:crypto';
import { exportJWK } from 'jose';
import { createFakeClock } from '@kubernode/testing';
import { RemoteKeySet } from './key-set.ts';

const publicKeys = new Map<string, object>();
beforeAll(async () => {
  for (const kid of ['one', 'two']) publicKeys.set(kid, { ...await exportJWK(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey), kid, alg: 'ES256', use: 'sig' });
});

/** A provider that serves these keys; `asked` are the addresses that were fetched. */
function provider(kids: string[], { issuer = 'https://issuer' } = {}): { keys: RemoteKeySet; asked: string[]; clock: ReturnType<typeof createFakeClock> } {
  const asked: string[] = [];
  const clock = createFakeClock();
  const get = async (url: string): Promise<string> => {
    asked.push(url);
    if (kids.includes('down')) throw new Error('refused');
    return JSON.stringify(url.endsWith('/keys') ? { keys: kids.map((kid) => publicKeys.get(kid)) } : { issuer, jwks_uri: 'https://issuer/keys' });
  };
  return { keys: new RemoteKeySet({ issuer: { url: 'https://issuer' }, get, clock }), asked, clock };
}
const counted = async (keys: RemoteKeySet, kid?: string): Promise<number> => (await keys.keysFor({ alg: 'ES256', ...(kid !== undefined && { kid }) })).length;

describe('RemoteKeySet', () => {
  it('discovers the keys at the first token, once for all that wait', async () => {
    const { keys, asked } = provider(['one', 'two']);
    expect(await Promise.all([counted(keys, 'one'), counted(keys, 'two'), counted(keys)])).toEqual([1, 1, 2]);
    expect(asked).toEqual(['https://issuer/.well-known/openid-configuration', 'https://issuer/keys']);
  });

  it('looks for an unknown key, but not at every token that names one', async () => {
    const kids = ['one'];
    const { keys, asked, clock } = provider(kids);
    expect(await counted(keys, 'one')).toBe(1);
    kids.push('two');
    expect(await counted(keys, 'two')).toBe(0);
    await clock.advance(10_000);
    expect([await counted(keys, 'two'), await counted(keys, 'nope'), await counted(keys, 'nope')]).toEqual([1, 0, 0]);
    expect(asked).toHaveLength(3);
  });

  it('tells why a provider cannot be asked, and tries again later', async () => {
    const kids = ['down'];
    const { keys, asked, clock } = provider(kids);
    await expect(counted(keys, 'one')).rejects.toThrow('refused');
    await expect(counted(keys, 'one')).rejects.toThrow('refused');
    expect(asked).toHaveLength(1);
    kids[0] = 'one';
    await clock.advance(10_000);
    expect(await counted(keys, 'one')).toBe(1);
  });

  it('does not believe a provider that speaks for another', async () => {
    await expect(counted(provider(['one'], { issuer: 'https://other' }).keys, 'one')).rejects.toThrow('oidc: issuer did not match the issuer returned by provider, expected "https://issuer" got "https://other"');
  });
});
