import { CompactSign } from 'jose';
import type { SigningKey } from './keys.ts';

/** Makes a token of its claims. */
export interface TokenSigner { sign(claims: Readonly<Record<string, unknown>>): Promise<string> }

/** Signs with a key that the server holds itself. */
export function keySigner({ key, algorithm, id }: SigningKey): TokenSigner {
  return { sign: (claims) => new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg: algorithm, kid: id }).sign(key) };
}
