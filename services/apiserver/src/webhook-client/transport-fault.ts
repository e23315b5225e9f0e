import { errorMessage } from '@kubernode/base';
import { dialFault } from '../endpoints/subresources/backend-connection.ts';
import type { ServerAddress } from './service-resolver.ts';

const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set(['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_GET_ISSUER_CERT', 'CERT_SIGNATURE_FAILURE']);
const NOT_VERIFIED = 'tls: failed to verify certificate: x509: ';

interface NodeError extends Error { code?: string; cert?: { subjectaltname?: string } }

/** Why a server was not reached or not trusted, as Go says it: people search for these words. */
export function transportFault(error: NodeError, address: ServerAddress & { serverName: string }): string {
  const { code = '' } = error;
  if (UNKNOWN_AUTHORITY.has(code)) return `${NOT_VERIFIED}certificate signed by unknown authority`;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return `${NOT_VERIFIED}certificate has expired or is not yet valid`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `${NOT_VERIFIED}${nameFault(error.cert?.subjectaltname ?? '', address.serverName)}`;
  if (code === 'EPROTO' && error.message.includes('wrong version number')) return 'http: server gave HTTP response to HTTPS client';
  if (code === 'ECONNRESET' && error.message === 'socket hang up') return 'EOF';
  return error instanceof Error ? dialFault(error, address) : errorMessage(error);
}

function nameFault(alternatives: string, wanted: string): string {
  const names = alternatives.split(', ').map((one) => one.replace(/^(DNS|IP Address):/, '')).filter((one) => one !== '');
  return names.length === 0 ? `certificate is not valid for any names, but wanted to match ${wanted}` : `certificate is valid for ${names.join(', ')}, not ${wanted}`;
}
