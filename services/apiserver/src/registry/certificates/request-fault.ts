import { constants, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { BIT_STRING, DerError, expectElement, INTEGER, readElement, SEQUENCE, type DerElement } from '../shared/der.ts';
import { pemBlocks } from '../shared/pem-blocks.ts';

const UNIMPLEMENTED = 'x509: cannot verify signature: algorithm unimplemented';
const OBJECT_IDENTIFIER = 6;

interface Algorithm { key: 'rsa' | 'ec' | 'ed25519'; hash?: string; insecure?: string }

/** How requests are signed, by the identifier in DER, hexadecimal. */
const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ['2a864886f70d010104', { key: 'rsa', insecure: 'MD5-RSA' }], ['2a864886f70d010105', { key: 'rsa', insecure: 'SHA1-RSA' }],
  ['2a864886f70d01010b', { key: 'rsa', hash: 'sha256' }], ['2a864886f70d01010c', { key: 'rsa', hash: 'sha384' }], ['2a864886f70d01010d', { key: 'rsa', hash: 'sha512' }],
  ['2a8648ce3d0401', { key: 'ec', insecure: 'ECDSA-SHA1' }],
  ['2a8648ce3d040302', { key: 'ec', hash: 'sha256' }], ['2a8648ce3d040303', { key: 'ec', hash: 'sha384' }], ['2a8648ce3d040304', { key: 'ec', hash: 'sha512' }],
  ['2b6570', { key: 'ed25519' }],
]);
const PSS = '2a864886f70d01010a';
const PSS_HASHES: readonly [string, string][] = [['608648016503040201', 'sha256'], ['608648016503040202', 'sha384'], ['608648016503040203', 'sha512']];
const FAILURES = { rsa: 'crypto/rsa: verification error', ec: 'x509: ECDSA verification failure', ed25519: 'x509: Ed25519 verification failure' };
const KEYS = { rsa: ['RSA', '*rsa.PublicKey'], ec: ['ECDSA', '*ecdsa.PublicKey'], ed25519: ['Ed25519', 'ed25519.PublicKey'] };

/** Why a text is no PKCS#10 request signed by the key it is for; undefined when it is. The words are those of Go's library, which Kubernetes passes on. */
export function requestFault(pem: string): string | undefined {
  const [block] = pemBlocks(pem);
  if (block?.type !== 'CERTIFICATE REQUEST') return 'PEM block type must be CERTIFICATE REQUEST';
  try {
    return signatureFault(parseRequest(block.bytes));
  } catch (error) {
    if (error instanceof DerError) return error.message;
    throw error;
  }
}

interface Request { signed: Buffer; publicKey: Buffer; algorithm: Buffer; signature: Buffer }

function parseRequest(der: Buffer): Request {
  const request = expectElement(der, 0, { tag: SEQUENCE, name: 'certificateRequest' });
  const signed = expectElement(request.content, 0, { tag: SEQUENCE, name: 'tbsCertificateRequest' });
  const version = expectElement(signed.content, 0, { tag: INTEGER, name: 'int' });
  const subject = readElement(signed.content, version.raw.length);
  const publicKey = expectElement(signed.content, version.raw.length + subject.raw.length, { tag: SEQUENCE, name: 'publicKeyInfo' });
  const algorithm = expectElement(request.content, signed.raw.length, { tag: SEQUENCE, name: 'AlgorithmIdentifier' });
  const signature = expectElement(request.content, signed.raw.length + algorithm.raw.length, { tag: BIT_STRING, name: 'BitString' });
  if (request.raw.length < der.length) throw new DerError('asn1: syntax error: trailing data');
  return { signed: signed.raw, publicKey: publicKey.raw, algorithm: algorithm.content, signature: signature.content.subarray(1) }; // after the count of unused bits
}

function signatureFault({ signed, publicKey, algorithm, signature }: Request): string | undefined {
  const identifier: DerElement = expectElement(algorithm, 0, { tag: OBJECT_IDENTIFIER, name: 'ObjectIdentifier' });
  const id = identifier.content.toString('hex');
  const known = id === PSS ? pssAlgorithm(algorithm) : ALGORITHMS.get(id);
  if (known === undefined) return UNIMPLEMENTED;
  if (known.insecure !== undefined) return `x509: cannot verify signature: insecure algorithm ${known.insecure}`;
  const key = parseKey(publicKey);
  if (key === undefined || !isKnownKey(key.asymmetricKeyType)) return UNIMPLEMENTED;
  if (key.asymmetricKeyType !== known.key) return `x509: signature algorithm specifies an ${KEYS[known.key][0] ?? ''} public key, but have public key of type ${KEYS[key.asymmetricKeyType][1] ?? ''}`;
  const padding = id === PSS ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {};
  return verify(known.hash, signed, { key, ...padding }, signature) ? undefined : FAILURES[known.key];
}

/** The hash is named in the parameters. */
function pssAlgorithm(algorithm: Buffer): Algorithm | undefined {
  const parameters = algorithm.toString('hex');
  const hash = PSS_HASHES.find(([id]) => parameters.includes(id))?.[1];
  return hash === undefined ? undefined : { key: 'rsa', hash };
}

function isKnownKey(type: string | undefined): type is keyof typeof KEYS {
  return type !== undefined && Object.hasOwn(KEYS, type);
}

function parseKey(der: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return undefined; // of no kind that is known here
  }
}
