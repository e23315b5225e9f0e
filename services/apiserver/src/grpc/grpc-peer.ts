import type { ServerUnaryCall } from '@grpc/grpc-js';
import type { Peer } from '../pipeline/api-request.ts';

/** What is asked of a call of any kind. */
export type PeerCall = Pick<ServerUnaryCall<unknown, unknown>, 'getPeer' | 'getAuthContext'>;

/** Where grpc-js 1.14 has the connection of a call; what is not there in another version is asked for with each call. */
interface CallInside { readonly call?: { readonly stream?: { readonly session?: object } } }

/** Who is at the other end of each connection: found once, since reading a certificate costs more than the rest of a call's way through gRPC. */
export class GrpcPeers {
  readonly #known = new WeakMap<object, Peer>();

  of(call: PeerCall): Peer {
    const session = (call as CallInside).call?.stream?.session; // private there
    const known = session && this.#known.get(session);
    if (known !== undefined) return known;
    const peer = grpcPeer(call.getPeer(), call.getAuthContext());
    if (session !== undefined) this.#known.set(session, peer);
    return peer;
  }
}

/** Who is at the other end, by the certificate that gRPC's TLS has verified against the client CA; the same as over HTTPS, also once it has expired. */
export function grpcPeer(address: string, context: ReturnType<PeerCall['getAuthContext']>): Peer {
  const shown = context?.sslPeerCertificate;
  const subject = shown?.subject as Record<string, string | string[]> | undefined; // several values of a kind are a list, whatever the type says
  if (shown === undefined || subject === undefined) return { address };
  const all = (key: string): readonly string[] => [subject[key] ?? []].flat();
  return { address, certificate: { commonName: all('CN').at(-1) ?? '', organizations: all('O'), expiresAtMs: Date.parse(shown.valid_to) } };
}
