import { ServerCredentials } from '@grpc/grpc-js';
import type { SecureContextOptions } from 'node:tls';

/** What the gRPC door shows; callers show a certificate of `clientCa`. */
export interface CallerTls { cert: string; key: string; clientCa?: string | undefined }

/** Credentials that can be exchanged while a server listens: for connections from then on. grpc-js asks for a class of its own family. */
export class ReplaceableCredentials extends ServerCredentials {
  constructor(tls: CallerTls) { super({ requestCert: true }, contextOf(tls)); }

  replace(tls: CallerTls): void { this.updateSecureContextOptions(contextOf(tls)); }

  override _equals(other: ServerCredentials): boolean { return this === other; }
}

function contextOf({ cert, key, clientCa }: CallerTls): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', ...(clientCa !== undefined && { ca: clientCa }) };
}
