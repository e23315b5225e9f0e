import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { errorMessage } from '@kubernode/base';
import { certificatesIn, checkKeyPair, type KeyPair, replaceFileSync, UserError } from '@kubernode/component-base';
import type { AuthorityName } from './certificate-plan.ts';

/** A pair from a folder of certificates; undefined when there is none, UserError when it is there and cannot be used. */
export function readPair(dir: string, name: string): KeyPair | undefined {
  const [certFile, keyFile] = [path.join(dir, `${name}.crt`), path.join(dir, `${name}.key`)];
  if (!existsSync(certFile) && !existsSync(keyFile)) return undefined;
  try {
    const pair = { certificate: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    new X509Certificate(pair.certificate); // throws when it is not one
    return pair;
  } catch (error) {
    throw new UserError(`cannot read the certificate ${certFile} with its key: ${errorMessage(error)}; restore both files, or remove both and run 'kubernode up' again to have new ones made`);
  }
}

/** The key first: whoever reads between the two sees a pair that does not match and stays with the old one. */
export function writePair(dir: string, name: string, pair: KeyPair): void {
  replaceFileSync(path.join(dir, `${name}.key`), pair.key, { mode: 0o600 });
  replaceFileSync(path.join(dir, `${name}.crt`), pair.certificate, { mode: 0o644 });
}

/** An authority as its folder has it: who signs, and all who are believed. */
export interface FolderAuthority { issuer: KeyPair; /** PEM; the one who signs comes first. */ bundle: string }

/** The authority's key belongs to the first certificate of its file; the others are believed besides. Undefined when there is none. */
export function readAuthority(dir: string, name: AuthorityName | `${AuthorityName}-${'next' | 'old'}`): FolderAuthority | undefined {
  const pair = readPair(dir, name);
  if (pair === undefined) return undefined;
  const [first = ''] = certificatesIn(pair.certificate);
  const issuer = { certificate: first, key: pair.key };
  try { checkKeyPair(issuer); } catch (error) { throw new UserError(`${path.join(dir, `${name}.key`)}: ${errorMessage(error)}`); }
  return { issuer, bundle: pair.certificate };
}
