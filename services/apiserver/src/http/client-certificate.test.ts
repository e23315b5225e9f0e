import { X509Certificate } from 'node:crypto';
import { seededRng } from '@kubernode/base';
import { createAuthority, issueCertificate, type KeyPair } from '@kubernode/component-base';
import { readAuthorities } from './authorities.ts';
import { identitiesOf } from './client-certificate.ts';

const issue = { now: Date.UTC(2026, 0, 1), rng: seededRng(1) };
const lifetimeMs = 3_600_000;

async function clientOf(authority: KeyPair): Promise<X509Certificate> {
  return new X509Certificate((await issueCertificate(authority, { commonName: 'proxy', usages: ['client'], lifetimeMs }, issue)).certificate);
}

describe('identitiesOf', () => {
  it('tells clients from front proxies by their authority', async () => {
    const clientCa = await createAuthority({ commonName: 'ca', lifetimeMs }, issue);
    const proxyCa = await createAuthority({ commonName: 'ca', lifetimeMs }, issue); // the name says nothing: the key does
    const both = { clients: readAuthorities(clientCa.certificate), frontProxies: readAuthorities(`text before\n${proxyCa.certificate}`) };
    const [client, proxy] = [await clientOf(clientCa), await clientOf(proxyCa)];
    const identity = (certificate: X509Certificate): object => ({ commonName: 'proxy', organizations: ['a', 'b'], sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(), expiresAtMs: Date.parse(certificate.validTo) });
    const subject = { CN: 'proxy', O: ['a', 'b'] };
    expect(identitiesOf(client, subject, both)).toEqual({ certificate: identity(client) });
    expect(identitiesOf(proxy, subject, both)).toEqual({ frontProxy: { commonName: 'proxy' }, refusedCertificate: true });
    expect(identitiesOf(client, subject, { clients: both.clients, frontProxies: both.clients })).toEqual({ certificate: identity(client), frontProxy: { commonName: 'proxy' } });
    expect(identitiesOf(client, subject, { clients: both.clients, frontProxies: [] })).toEqual({ certificate: identity(client) });
    expect(identitiesOf(client, { CN: ['first', 'proxy'], O: ['a', 'b'] }, both)).toEqual({ certificate: identity(client) });
  });
});
