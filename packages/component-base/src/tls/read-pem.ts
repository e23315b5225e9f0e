import { errorMessage } from '@kubernode/base';
import { UserError } from '../options.ts';
import type { KeyPair } from './certificate-authority.ts';
import type { ReadText } from './file-follower.ts';
import { checkAuthorities, checkKeyPair } from './pem-certificates.ts';

/** A certificate and its key from their files; UserError unless both are whole and belong together. */
export function readKeyPair(read: ReadText, { certFile, keyFile }: { certFile: string; keyFile: string }): KeyPair {
  const pair = { certificate: read(certFile), key: read(keyFile) };
  try { checkKeyPair(pair); } catch (error) { throw new UserError(`${certFile} with ${keyFile}: ${errorMessage(error)}`); }
  return pair;
}

/** A bundle of authorities; UserError unless each of them is whole. */
export function readAuthorities(read: ReadText, file: string): string {
  const pem = read(file);
  try { checkAuthorities(pem); } catch (error) { throw new UserError(`${file}: ${errorMessage(error)}`); }
  return pem;
}
