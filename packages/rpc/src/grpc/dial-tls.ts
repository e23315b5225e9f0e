import { isIP, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';

export interface TlsDial {
  host: string;
  port: number;
  /** PEM; the system's authorities when absent. */
  ca?: string | Buffer | undefined;
  cert?: string | Buffer | undefined;
  key?: string | Buffer | undefined;
  /** The name to expect in the server's certificate, if not the host's. */
  serverName?: string | undefined;
}

/** A TLS connection on which HTTP/2 will be spoken; one to a server that does not speak it breaks. */
export function dialTls({ host, port, ca, cert, key, serverName = isIP(host) === 0 ? host : undefined }: TlsDial): TLSSocket {
  const socket: Socket & TLSSocket = connect({
    host, port, minVersion: 'TLSv1.2', ALPNProtocols: ['h2'], ...(serverName !== undefined && { servername: serverName }), ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }),
  });
  socket.setNoDelay(true);
  socket.once('secureConnect', () => { if (socket.alpnProtocol !== 'h2') socket.destroy(new Error('the other side does not speak HTTP/2')); });
  return socket;
}

/** Where a URL leads: without the brackets of an address of IPv6, with the scheme's port where none is named. */
export function addressOf({ hostname, port, protocol }: URL): { host: string; port: number } {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port === '' ? { 'http:': 80, 'https:': 443 }[protocol] : port) };
}
