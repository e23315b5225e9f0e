import { generateKeyPairSync } from 'node:crypto';
import { seededRng } from '@kubernode/base';
import { createAuthority, type KeyPair } from '@kubernode/component-base';
import { keyPairFault } from './key-pair-fault.ts';

const make = async (commonName: string): Promise<KeyPair> => createAuthority({ commonName, lifetimeMs: 3_600_000 }, { now: 1_700_000_000_000, rng: seededRng(1) });
let mine: KeyPair = { certificate: '', key: '' };
let other = mine;
beforeAll(async () => { [mine, other] = [await make('x'), await make('y')]; });
const { privateKey: edKey } = generateKeyPairSync('ed25519', { privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'der' } });
const block = (type: string, body: string): string => `-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`;

test.each<[string, () => [string, string], string | undefined]>([
  ['a pair', () => [mine.certificate, mine.key], undefined],
  ['a chain and its key', () => [`${mine.certificate}${other.certificate}`, mine.key], undefined],
  ['a stranger key', () => [mine.certificate, other.key], 'tls: private key does not match public key'],
  ['a key of another type', () => [mine.certificate, edKey], 'tls: private key type does not match public key type'],
  ['nothing', () => ['', ''], 'tls: failed to find any PEM data in certificate input'],
  ['no key', () => [mine.certificate, 'x'], 'tls: failed to find any PEM data in key input'],
  ['the wrong way around', () => [mine.key, mine.certificate], 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'],
  ['two certificates', () => [mine.certificate, mine.certificate], 'tls: found a certificate rather than a key in the PEM for the private key'],
  ['other blocks for a certificate', () => [block('FOO', 'AAAA') + block('BAR', 'AAAA'), mine.key], 'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [FOO BAR]'],
  ['other blocks for a key', () => [mine.certificate, block('PUBLIC KEY', 'AAAA')], 'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [PUBLIC KEY]'],
  ['a certificate that is none', () => [block('CERTIFICATE', 'AAAA'), mine.key], 'x509: malformed certificate'],
  ['an empty certificate', () => [block('CERTIFICATE', 'MAA='), mine.key], 'x509: malformed tbs certificate'],
  ['a key that is none', () => [mine.certificate, block('PRIVATE KEY', 'AAAA')], 'tls: failed to parse private key'],
])('%s is judged', (_, pair, fault) => {
  expect(keyPairFault(...pair())).toBe(fault);
});
