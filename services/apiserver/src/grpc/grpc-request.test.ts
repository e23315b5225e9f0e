import { ClientCertificateAuthenticator } from '../authn/client-certificate.ts';
import { grpcPeer } from './grpc-request.ts';

type Context = Parameters<typeof grpcPeer>[1];
const shown = (subject: object, validTo = 'Jan  1 00:00:00 2027 GMT'): Context => ({ sslPeerCertificate: { subject, valid_to: validTo } }) as unknown as Context; // what is read of it

test('grpcPeer names who shows a certificate as HTTPS does, the last of several common names', () => {
  expect(grpcPeer('10.0.0.1:5', shown({ CN: ['a', 'system:kube-scheduler'], O: ['x', 'y'] }))).toEqual({ address: '10.0.0.1:5', certificate: { commonName: 'system:kube-scheduler', organizations: ['x', 'y'], expiresAtMs: Date.UTC(2027, 0, 1) } });
  expect(grpcPeer('10.0.0.1:5', { sslPeerCertificate: undefined } as unknown as Context)).toEqual({ address: '10.0.0.1:5' });
});

test('grpcPeer: a certificate that expires while the connection lasts is no credential any more', async () => {
  const peer = grpcPeer('', shown({ CN: 'system:kube-scheduler' }));
  const at = (now: number) => new ClientCertificateAuthenticator({ now: () => now }).authenticate({ peer });
  expect(await at(Date.UTC(2026, 11, 31))).toMatchObject({ name: 'system:kube-scheduler' });
  await expect(at(Date.UTC(2027, 0, 2))).rejects.toMatchObject({ code: 401 });
});
