import { seededRng } from '@kubernode/base';
import { createAuthority, issueCertificate } from '@kubernode/component-base';
import { secureContextOptions, sniContexts } from './serving-tls.ts';

describe('sniContexts', () => {
  it('chooses by the listed domains, otherwise by the names in the certificate', async () => {
    const issue = { now: Date.parse('2026-01-01T00:00:00Z'), rng: seededRng(1) };
    const authority = await createAuthority({ commonName: 'ca', lifetimeMs: 1e9 }, issue);
    const pair = async (commonName: string, dnsNames: string[]): Promise<{ cert: string; key: string }> => {
      const { certificate, key } = await issueCertificate(authority, { commonName, dnsNames, ipAddresses: [], usages: ['server'], lifetimeMs: 1e9 }, issue);
      return { cert: certificate, key };
    };
    const [own, inside, listed] = await Promise.all([pair('own', ['own']), pair('inside', ['a.example.com', '*.b.example.com']), pair('listed', ['unused'])]);
    const find = sniContexts({ ...own, sni: [{ ...inside, domains: [] }, { ...listed, domains: ['c.example.com', '*.example.com'] }] });
    const [first, second] = [find('a.example.com'), find('c.example.com')];
    expect(first).toBeDefined();
    expect(second).toBeDefined();
    expect(first).not.toBe(second);
    expect([find('A.example.com') === first, find('x.b.example.com') === first, find('x.y.b.example.com'), find('d.example.com') === second, find('unused'), find('own')]).toEqual([true, true, undefined, true, undefined, undefined]);
  });

  it('secureContextOptions trusts both authorities, and TLS 1.2 at least', () => {
    expect(secureContextOptions({ cert: 'c', key: 'k', clientCa: 'a', frontProxyCa: 'b' })).toEqual({ cert: 'c', key: 'k', ca: ['a', 'b'], minVersion: 'TLSv1.2' });
    expect(secureContextOptions({ cert: 'c', key: 'k', minVersion: 'TLSv1.3', ciphers: 'X' })).toEqual({ cert: 'c', key: 'k', minVersion: 'TLSv1.3', ciphers: 'X' });
  });
});
