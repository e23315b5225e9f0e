import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Peer } from '../pipeline/api-request.ts';
import { isVouchedFor } from './authorities.ts';

const UID_ATTRIBUTE = '1.3.6.1.4.1.57683.2'; // Kubernetes' subject attribute for a user's uid

/** Two CAs that say different things: one who a client is, the other who may speak for users. One certificate may have both. */
export interface PeerAuthorities { clients: readonly X509Certificate[]; frontProxies: readonly X509Certificate[] }

/** Who is at the other end of a connection; found once a connection, since a TLS session keeps its certificate. */
export function peerOf(socket: TLSSocket & { kubernodePeer?: Peer }, authorities: PeerAuthorities): Peer {
  return (socket.kubernodePeer ??= readPeer(socket, authorities));
}

function readPeer(socket: TLSSocket, authorities: PeerAuthorities): Peer {
  const address = socket.remoteAddress ?? '';
  const { subject } = socket.getPeerCertificate() as { subject?: Subject }; // empty without a certificate, which a resumed session calls authorized all the same
  if (subject === undefined) return { address };
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return { address, refusedCertificate: true };
  return { address, ...identitiesOf(certificate, subject, authorities) };
}

type Subject = Readonly<Record<string, string | readonly string[]>>;

/** What a certificate that the handshake has accepted makes of its bearer. Where a subject has several common names the last counts, as in Go. */
export function identitiesOf(certificate: X509Certificate, subject: Subject, { clients, frontProxies }: PeerAuthorities): Pick<Peer, 'certificate' | 'frontProxy' | 'refusedCertificate'> {
  const all = (key: string): readonly string[] => { const value = subject[key]; return value === undefined ? [] : typeof value === 'string' ? [value] : value; };
  const commonName = all('CN').at(-1) ?? '';
  const [uid] = all(UID_ATTRIBUTE);
  const isClient = frontProxies.length === 0 || isVouchedFor(certificate, clients); // with one CA the handshake has said it all
  const identity = { commonName, organizations: all('O'), ...(uid !== undefined && { uid }), sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(), expiresAtMs: Date.parse(certificate.validTo) };
  return {
    ...(isClient ? { certificate: identity } : { refusedCertificate: true }),
    ...(isVouchedFor(certificate, frontProxies) && { frontProxy: { commonName } }),
  };
}
