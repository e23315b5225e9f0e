import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { parseIp } from '@kubernode/apimachinery';
import type { Rng } from '@kubernode/base';
import { errorMessage } from '@kubernode/base';
import { formatValue } from '../values/format-go.ts';
import { GoObject, type Value } from '../values/value.ts';
import { FunctionError } from '../template/template-error.ts';
import { bits, der, elements, integer, NULL, nameText, objectId, octets, sequence, time, TRUE } from './der.ts';

/** What genCA and its like give: `.Cert` and `.Key`, both PEM. */
export class Certificate extends GoObject {
  readonly goType = 'sprig.certificate';
  readonly goKind = 'struct';
  readonly certificate: string;
  readonly key: string;

  constructor(certificate: string, key: string) {
    super();
    this.certificate = certificate;
    this.key = key;
  }

  member(name: string): Value | undefined { return name === 'Cert' ? this.certificate : name === 'Key' ? this.key : undefined; }
  format(): string { return `{${this.certificate} ${this.key}}`; }
  toPlain(): Value { return new Map([['Cert', this.certificate], ['Key', this.key]]); }
}

export interface CertificateRequest {
  commonName: string;
  ipAddresses: readonly Value[];
  dnsNames: readonly Value[];
  days: number;
  isAuthority: boolean;
  /** The key to use; a new RSA key when absent. */
  keyPem?: string;
  /** Who signs; itself when absent. */
  authority?: Certificate;
}

const RSA_BITS = 2048;
const DAY_MS = 86_400_000;
const KEY_USAGE = { leaf: 0xa0, authority: 0xa4 }; // digital signature, key encipherment; and signing certificates

/** A certificate as sprig makes them: for servers and clients, with the names that are given. */
export function makeCertificate(request: CertificateRequest, { now, rng }: { now: number; rng: Rng }): Certificate {
  const key = request.keyPem === undefined ? generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey : readKey(request.keyPem);
  const signer = request.authority === undefined ? undefined : readAuthority(request.authority);
  const signingKey = signer?.key ?? key;
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const subject = sequence(der(0x31, sequence(objectId('2.5.4.3'), nameText(request.commonName))));
  const serial = Buffer.from(rng.bytes(16));
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x01;
  const algorithm = signatureAlgorithm(signingKey);
  const unsigned = sequence(
    der(0xa0, integer(Buffer.from([2]))), integer(serial), algorithm.identifier, signer?.subject ?? subject,
    sequence(time(now), time(now + request.days * DAY_MS)), subject, publicKey,
    der(0xa3, sequence(...extensionsOf(request, publicKey, signer?.keyId))),
  );
  const certificate = sequence(unsigned, algorithm.identifier, bits(sign(algorithm.digest, unsigned, signingKey)));
  return new Certificate(pem('CERTIFICATE', certificate), keyText(key));
}

function extensionsOf(request: CertificateRequest, publicKey: Buffer, authorityKeyId: Buffer | undefined): Buffer[] {
  const critical = (id: string, value: Buffer): Buffer => sequence(objectId(id), TRUE, octets(value));
  const plain = (id: string, value: Buffer): Buffer => sequence(objectId(id), octets(value));
  const names = [
    ...request.dnsNames.map((name) => der(0x82, Buffer.from(typeof name === 'string' ? name : refuse(`error processing alternate dns name: ${formatValue(name)} is not a string`)))),
    ...request.ipAddresses.map((ip) => der(0x87, addressBytes(ip))),
  ];
  return [
    critical('2.5.29.15', bits(Buffer.from([request.isAuthority ? KEY_USAGE.authority : KEY_USAGE.leaf]), request.isAuthority ? 2 : 5)),
    plain('2.5.29.37', sequence(objectId('1.3.6.1.5.5.7.3.1'), objectId('1.3.6.1.5.5.7.3.2'))),
    critical('2.5.29.19', request.isAuthority ? sequence(TRUE) : sequence()),
    ...(request.isAuthority ? [plain('2.5.29.14', octets(keyIdOf(publicKey)))] : []),
    ...(authorityKeyId === undefined ? [] : [plain('2.5.29.35', sequence(der(0x80, authorityKeyId)))]),
    ...(names.length > 0 ? [plain('2.5.29.17', sequence(...names))] : []),
  ];
}

function addressBytes(value: Value): Buffer {
  if (typeof value !== 'string') return refuse(`error parsing ip: ${formatValue(value)} is not a string`);
  const address = parseIp(value);
  return address === undefined ? refuse(`error parsing ip: ${value}`) : Buffer.from(address.value.toString(16).padStart(address.bits / 4, '0'), 'hex');
}

function refuse(message: string): never { throw new FunctionError(message); }

/** The SHA-1 of the bare key, as most authorities name theirs. */
function keyIdOf(publicKey: Buffer): Buffer {
  const bare = elements(elements(publicKey)[0]?.content ?? Buffer.alloc(0))[1]?.content.subarray(1) ?? Buffer.alloc(0);
  return createHash('sha1').update(bare).digest();
}

function readAuthority({ certificate, key }: Certificate): { subject: Buffer; key: KeyObject; keyId: Buffer } {
  let raw: Buffer;
  try { raw = new X509Certificate(certificate).raw; } catch { return refuse('unable to decode certificate'); }
  const fields = elements(elements(elements(raw)[0]?.content ?? raw)[0]?.content ?? raw);
  const subject = fields[5]?.whole ?? sequence();
  return { subject, key: readKey(key, 'error parsing private key'), keyId: keyIdOf(fields[6]?.whole ?? Buffer.alloc(0)) };
}

export function readKey(text: string, fault = 'parsing private key'): KeyObject {
  try { return createPrivateKey(text); } catch (error) { throw new FunctionError(`${fault}: ${/-----BEGIN/.test(text) ? errorMessage(error) : 'no PEM data in input'}`); }
}

function signatureAlgorithm(key: KeyObject): { identifier: Buffer; digest: string | null } {
  switch (key.asymmetricKeyType) {
    case 'rsa': return { identifier: sequence(objectId('1.2.840.113549.1.1.11'), NULL), digest: 'sha256' };
    case 'ec': return { identifier: sequence(objectId('1.2.840.10045.4.3.2')), digest: 'sha256' };
    case 'ed25519': return { identifier: sequence(objectId('1.3.101.112')), digest: null };
    default: return refuse('error creating certificate: x509: only RSA, ECDSA and Ed25519 keys supported');
  }
}

/** PEM in the form that Go has for the kind of key. */
export function keyText(key: KeyObject): string {
  const type = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs8';
  return key.export({ type, format: 'pem' }).toString();
}

function pem(label: string, bytes: Buffer): string {
  return `-----BEGIN ${label}-----\n${bytes.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;
}
