import type { TLSSocket } from 'node:tls';
import type { Peer } from '../pipeline/api-request.ts';

const UID_ATTRIBUTE = '1.3.6.1.4.1.57683.2'; // Kubernetes' subject attribute for a user's uid

/** Who is at the other end of a connection; found once a connection, since a TLS session keeps its certificate. */
export function peerOf(socket: TLSSocket & { kubernodePeer?: Peer }): Peer {
  return (socket.kubernodePeer ??= readPeer(socket));
}

function readPeer(socket: TLSSocket): Peer {
  const address = socket.remoteAddress ?? '';
  if (socket.authorized !== true) return { address };
  const { fingerprint256, subject: named } = socket.getPeerCertificate();
  const subject = named as Record<string, string | string[]> | undefined; // absent without a certificate, whatever the type says
  if (subject === undefined) return { address };
  const all = (key: string): readonly string[] => { const value = subject[key]; return value === undefined ? [] : Array.isArray(value) ? value : [value]; };
  const [commonName = ''] = all('CN');
  const [uid] = all(UID_ATTRIBUTE);
  return { address, certificate: { commonName, organizations: all('O'), ...(uid !== undefined && { uid }), sha256: fingerprint256.replaceAll(':', '').toLowerCase() } };
}
