import { X509Certificate } from 'node:crypto';
import { createServer, connect } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { seededRng, systemClock } from '@kubernode/base';
import { createAuthority, issueCertificate } from './certificate-authority.ts';

const HOUR_MS = 3_600_000;
const options = { now: systemClock.now(), rng: seededRng(1) };

test('issueCertificate makes leaves that the authority vouches for, with names, groups and bounded lifetime', async () => {
  const authority = await createAuthority({ commonName: 'test-ca', lifetimeMs: HOUR_MS }, options);
  const leaf = await issueCertificate(authority, { commonName: 'alice', organizations: ['developers', 'operators'], dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], usages: ['client', 'server'], lifetimeMs: 10 * HOUR_MS }, options);
  const [ca, certificate] = [new X509Certificate(authority.certificate), new X509Certificate(leaf.certificate)];
  expect(certificate.checkIssued(ca)).toBe(true);
  expect(certificate.verify(ca.publicKey)).toBe(true);
  expect(certificate.subject.split('\n').sort()).toEqual(['CN=alice', 'O=developers', 'O=operators']);
  expect(certificate.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1');
  expect(certificate.validTo).toBe(ca.validTo);
  expect(ca.ca).toBe(true);
  expect(certificate.ca).toBe(false);
});

test('issueCertificate makes pairs that serve TLS to a client which trusts the authority', async () => {
  const authority = await createAuthority({ commonName: 'test-ca', lifetimeMs: HOUR_MS }, options);
  const leaf = await issueCertificate(authority, { commonName: 'server', dnsNames: ['localhost'], usages: ['server'], lifetimeMs: HOUR_MS }, options);
  const server = createServer({ cert: leaf.certificate, key: leaf.key }, (socket) => socket.end());
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo; // listening on TCP
  const authorized = await new Promise<boolean>((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: authority.certificate }, () => { resolve(socket.authorized); socket.end(); });
    socket.on('error', reject);
  });
  await new Promise((resolve) => { server.close(resolve); });
  expect(authorized).toBe(true);
});
