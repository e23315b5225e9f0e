import { ClientCertificateAuthenticator } from '../authn/client-certificate.ts';
import { grpcPeer, GrpcPeers, type PeerCall } from './grpc-peer.ts';

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

test('GrpcPeers reads a certificate once a connection, and never takes one connection for another', () => {
  let reads = 0;
  const call = (session: object | undefined, name: string): PeerCall => ({ call: { stream: { session } }, getPeer: () => name, getAuthContext: () => { reads++; return shown({ CN: name }); } }) as unknown as PeerCall; // as grpc-js has it inside
  const [peers, one, other] = [new GrpcPeers(), {}, {}];
  const names = [call(one, 'a'), call(one, 'a'), call(other, 'b'), call(undefined, 'c'), call(undefined, 'd')].map((each) => peers.of(each).certificate?.commonName);
  expect([names, reads]).toEqual([['a', 'a', 'b', 'c', 'd'], 4]);
});
