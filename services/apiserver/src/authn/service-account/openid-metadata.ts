import { exportJWK } from 'jose';
import { StatusError } from '@kubernode/apimachinery';
import type { PathHandler } from '../../endpoints/endpoint.ts';
import type { ApiRequest } from '../../pipeline/api-request.ts';
import type { AccountKeys } from './account-keys.ts';
import type { VerificationKey } from './keys.ts';

const CONFIGURATION_PATH = '/.well-known/openid-configuration';
const KEYS_PATH = '/openid/v1/jwks';

type ShownKeys = Pick<AccountKeys, 'verification' | 'cacheSeconds'>;

/** The two documents by which others verify service account tokens. None when the issuer is no https URL: then nobody could find them. */
export function openIdHandlers({ issuer, jwksUri, keys }: { issuer: string; jwksUri: string; keys: ShownKeys }): PathHandler[] {
  if (!issuer.startsWith('https://')) return [];
  const configuration = (now: readonly VerificationKey[]): string => JSON.stringify({
    issuer, jwks_uri: jwksUri, response_types_supported: ['id_token'], subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(now.map(({ algorithm }) => algorithm))].sort(),
  });
  return [
    { paths: [CONFIGURATION_PATH], handle: document('application/json', keys, async (now) => configuration(now)) },
    { paths: [KEYS_PATH], handle: document('application/jwk-set+json', keys, keySet) },
  ];
}

async function keySet(keys: readonly VerificationKey[]): Promise<string> {
  return JSON.stringify({ keys: await Promise.all(keys.map(async ({ id, key, algorithm }) => ({ use: 'sig', kid: id, alg: algorithm, ...await exportJWK(key) }))) });
}

/** A document is written once for each set of keys. */
function document(contentType: string, keys: ShownKeys, write: (keys: readonly VerificationKey[]) => Promise<string>): PathHandler['handle'] {
  const written = new WeakMap<readonly VerificationKey[], Promise<Buffer>>();
  const body = (): Promise<Buffer> => {
    const now = keys.verification();
    let text = written.get(now);
    if (text === undefined) written.set(now, text = write(now.filter(({ onlyOldTokens }) => onlyOldTokens !== true)).then((one) => Buffer.from(one)));
    return text;
  };
  return async (request) => {
    if (request.method !== 'GET') throw new StatusError({ code: 405, reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource', details: {} });
    if (!accepts(request, contentType)) throw new StatusError({ code: 406, reason: 'NotAcceptable', message: `406: Not Acceptable\n\nAvailable representations: ${contentType}`, details: {} });
    return { kind: 'buffered', status: 200, contentType, headers: { 'Cache-Control': `public, max-age=${keys.cacheSeconds()}` }, body: await body() };
  };
}

function accepts({ headers }: ApiRequest, contentType: string): boolean {
  const accept = headers['accept'] ?? '*/*';
  return accept.split(',').some((part) => ['*/*', contentType].includes((part.split(';')[0] ?? '').trim()));
}
