import { errorMessage } from '@kubernode/base';

const TLS_FAULTS: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate signed by unknown authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate signed by unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate signed by unknown authority',
  CERT_HAS_EXPIRED: 'certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'certificate has expired or is not yet valid',
};

/** Why a connection failed, in Go's words: users look for them. */
export function goDialFault(error: Error, { host, port }: { host: string; port: number }): string {
  const { code = '' } = error as { code?: string }; // what Node's errors carry
  const dial = `dial tcp ${host.includes(':') ? `[${host}]` : host}:${port}`;
  switch (code) {
    case 'ECONNREFUSED': return `${dial}: connect: connection refused`;
    case 'EHOSTUNREACH': return `${dial}: connect: no route to host`;
    case 'ENETUNREACH': return `${dial}: connect: network is unreachable`;
    case 'ETIMEDOUT': return `${dial}: i/o timeout`;
    case 'ENOTFOUND': return `dial tcp: lookup ${host}: no such host`;
    case 'EAI_AGAIN': return `dial tcp: lookup ${host}: server misbehaving`;
    case 'ECONNRESET': return 'EOF';
    default: return TLS_FAULTS[code] === undefined ? errorMessage(error) : `tls: failed to verify certificate: x509: ${TLS_FAULTS[code]}`;
  }
}
