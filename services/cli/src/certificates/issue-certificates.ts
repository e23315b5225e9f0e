import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createAuthority, issueCertificate, type IssueOptions, type KeyPair, replaceFileSync } from '@kubernode/component-base';
import { AUTHORITIES, type AuthorityName, type PlannedCertificate } from './certificate-plan.ts';
import { reasonToIssue } from './reason-to-issue.ts';
import { type FolderAuthority, readAuthority, readPair, writePair } from './pki-folder.ts';

const DAY_MS = 86_400_000;
export const AUTHORITY_LIFETIME_MS: number = 3650 * DAY_MS;
export const LEAF_LIFETIME_MS: number = 365 * DAY_MS;
/** `kubernetes`, as kubeadm calls it. */
export const AUTHORITY_NAMES: Readonly<Record<AuthorityName, string>> = { ca: 'kubernetes', 'front-proxy-ca': 'front-proxy-ca', 'etcd-ca': 'etcd-ca' };

/** Makes the authorities and the key of service accounts where they are missing. Returns the names of what was made. */
export async function ensureAuthorities(dir: string, { lifetimeMs = AUTHORITY_LIFETIME_MS, ...options }: IssueOptions & { lifetimeMs?: number | undefined }): Promise<readonly string[]> {
  const made: string[] = [];
  for (const name of AUTHORITIES) {
    if (readAuthority(dir, name) !== undefined) continue;
    writePair(dir, name, await createAuthority({ commonName: AUTHORITY_NAMES[name], lifetimeMs }, options));
    made.push(name);
  }
  if (existsSync(path.join(dir, 'sa.key'))) return made;
  writeAccountKey(dir, newAccountKey());
  return [...made, 'sa'];
}

/** A new key by which tokens of service accounts are signed. */
export function newAccountKey(): { privateKey: string; publicKey: string } {
  return generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
}

function writeAccountKey(dir: string, { privateKey, publicKey }: ReturnType<typeof newAccountKey>): void {
  replaceFileSync(path.join(dir, 'sa.key'), privateKey, { mode: 0o600 });
  replaceFileSync(path.join(dir, 'sa.pub'), publicKey, { mode: 0o644 });
}

export interface IssueInput {
  plan: readonly PlannedCertificate[];
  /** Where the authorities are, with their keys. */
  authoritiesDir: string;
  /** Where a host's certificates are kept. */
  dirOf: (host: string) => string;
  options: IssueOptions;
  /** Leaves that are made anew although they are good. */
  force?: (planned: PlannedCertificate) => boolean;
}

/** One leaf that was made, and why. */
export interface Issued { planned: PlannedCertificate; reason: string; pair: KeyPair }

/** Makes every leaf that is missing, near its end, or not as planned; never touches another one. */
export async function issueCertificates({ plan, authoritiesDir, dirOf, options, force = () => false }: IssueInput): Promise<readonly Issued[]> {
  const authorities = new Map(AUTHORITIES.map((name) => [name, readAuthority(authoritiesDir, name)]));
  const issued: Issued[] = [];
  for (const planned of plan) {
    const authority = authorities.get(planned.issuer);
    if (authority === undefined) throw new Error(`broken invariant: there is no authority ${planned.issuer}`);
    const dir = dirOf(planned.host);
    const reason = force(planned) ? 'asked for' : reasonToIssue({ pair: readPair(dir, planned.name), issuer: new X509Certificate(authority.issuer.certificate), request: planned.request, now: options.now });
    if (reason === undefined) continue;
    issued.push({ planned, reason, pair: await issue(dir, planned, authority, options) });
  }
  return issued;
}

async function issue(dir: string, { name, request }: PlannedCertificate, { issuer }: FolderAuthority, options: IssueOptions): Promise<KeyPair> {
  const pair = await issueCertificate(issuer, request, options);
  writePair(dir, name, pair);
  return pair;
}
