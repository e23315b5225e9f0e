import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { errorMessage } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';

/** `onlyOldTokens`: signs none any more, and is not shown to others. */
export interface VerificationKey { id: string; key: KeyObject; algorithm: SigningAlgorithm; onlyOldTokens?: boolean }
export interface SigningKey { id: string; key: KeyObject; algorithm: SigningAlgorithm }
export type SigningAlgorithm = 'RS256' | 'ES256' | 'ES384' | 'ES512';

const PEM_BLOCK = /-----BEGIN [^-]+-----[\s\S]+?-----END [^-]+-----/g;
const CURVES: Readonly<Record<string, SigningAlgorithm>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

/** The keys of a PEM file: public ones, private ones (of which the public half counts) or certificates, any number of them. */
export function readVerificationKeys(pem: string, path: string): VerificationKey[] {
  const keys = (pem.match(PEM_BLOCK) ?? []).filter((block) => !block.includes('EC PARAMETERS')).map((block) => read(path, () => createPublicKey(block)));
  if (keys.length === 0) throw new UserError(`${path} holds no key in PEM format`);
  return keys.map((key) => ({ id: keyId(key), key, algorithm: algorithmOfKey(key, path) }));
}

/** The private key that signs new tokens. */
export function readSigningKey(pem: string, path: string): SigningKey {
  const block = (pem.match(PEM_BLOCK) ?? []).find((one) => one.includes('PRIVATE KEY'));
  if (block === undefined) throw new UserError(`${path} holds no private key in PEM format`);
  const key = read(path, () => createPrivateKey(block));
  return { id: keyId(createPublicKey(key)), key, algorithm: algorithmOfKey(key, path) };
}

/** As Kubernetes names keys: the SHA-256 of the public key's DER, so that every server of a cluster gives the same name. */
function keyId(publicKey: KeyObject): string {
  return createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64url');
}

/** What a key signs by; throws a UserError that names where it came from for keys of other kinds. */
export function algorithmOfKey(key: KeyObject, path: string): SigningAlgorithm {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  const algorithm = key.asymmetricKeyType === 'ec' ? CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''] : undefined;
  if (algorithm === undefined) throw new UserError(`${path}: keys for service account tokens are RSA, or EC on P-256, P-384 or P-521`);
  return algorithm;
}

function read(path: string, parse: () => KeyObject): KeyObject {
  try { return parse(); } catch (error) { throw new UserError(`cannot read the key in ${path}: ${errorMessage(error)}`); }
}
