import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { errorMessage, type Clock, type Rng } from '@kubernode/base';
import { createAuthority, type FileFollower, issueCertificate, type KeyPair, readAuthorities, readKeyPair, type ReadText, UserError } from '@kubernode/component-base';
import type { ServingTls } from '../http/serving-tls.ts';
import type { ApiServerConfig } from './options.ts';

const YEAR_MS = 365 * 24 * 3600 * 1000;

/** What this server has of its own where flags name no files. */
export interface OwnFiles { servingPair: KeyPair | undefined; signingKeyFile: string }

/** A self-made certificate and key in --cert-dir in place of those that no flag names, so that the server starts without any. */
export async function ensureOwnFiles(config: ApiServerConfig, host: { clock: Clock; rng: Rng; addresses: readonly string[] }): Promise<OwnFiles> {
  const isNamed = config.tlsCertFile !== undefined && config.tlsKeyFile !== undefined;
  return { servingPair: isNamed ? undefined : await ownCertificate(config.certDir, host), signingKeyFile: config.serviceAccounts.signingKeyFile ?? ownSigningKey(config.certDir) };
}

/** Whom this server believes: callers with a certificate, and proxies that name others. */
export interface TrustedAuthorities { clientCa: string | undefined; frontProxyCa: string | undefined }

export function readTrustedAuthorities({ clientCaFile, frontProxy }: Pick<ApiServerConfig, 'clientCaFile' | 'frontProxy'>, read: ReadText): TrustedAuthorities {
  const bundle = (file: string | undefined): string | undefined => (file === undefined ? undefined : readAuthorities(read, file));
  return { clientCa: bundle(clientCaFile), frontProxyCa: bundle(frontProxy.caFile) };
}

/** What the doors show and whom they believe, from the files and from what the flags say beside them. UserError for what cannot be used. */
export function readServingTls(config: ApiServerConfig, { servingPair }: Pick<OwnFiles, 'servingPair'>, read: ReadText): ServingTls {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile, tls: { sni, minVersion, ciphers } } = config;
  const named = certFile !== undefined && keyFile !== undefined ? readKeyPair(read, { certFile, keyFile }) : servingPair;
  if (named === undefined) throw new Error('broken invariant: neither flags nor the server itself gave a certificate');
  const others = sni.map(({ domains, ...files }) => { const { certificate: cert, key } = readKeyPair(read, files); return { cert, key, domains }; });
  return { cert: named.certificate, key: named.key, ...readTrustedAuthorities(config, read), minVersion, ciphers, sni: others };
}

/** The doors' TLS as the files are now. */
export interface ServedTls {
  current(): ServingTls;
  /** Tells it of each change. */
  addDoor(door: { setTls(tls: ServingTls): void }): void;
}

export function followServingTls(config: ApiServerConfig, own: Pick<OwnFiles, 'servingPair'>, follower: FileFollower): ServedTls {
  const doors: { setTls(tls: ServingTls): void }[] = [];
  let current: ServingTls = { cert: '', key: '' };
  follower.follow((read) => readServingTls(config, own, read), (tls) => {
    current = tls;
    for (const door of doors) door.setTls(tls);
  });
  return { current: () => current, addDoor: (door) => { doors.push(door); } };
}

async function ownCertificate(directory: string, { clock, rng, addresses }: { clock: Clock; rng: Rng; addresses: readonly string[] }): Promise<KeyPair> {
  const certificateFile = path.join(directory, 'apiserver.crt');
  const keyFile = path.join(directory, 'apiserver.key');
  if (existsSync(certificateFile) && existsSync(keyFile)) return { certificate: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  const issue = { now: clock.now(), rng };
  const authority = await createAuthority({ commonName: `${hostname()}-ca@${Math.floor(issue.now / 1000)}`, lifetimeMs: YEAR_MS }, issue);
  const dnsNames = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', 'localhost', hostname()];
  const server = await issueCertificate(authority, { commonName: hostname(), dnsNames, ipAddresses: [...new Set(['127.0.0.1', '::1', ...addresses])], usages: ['server'], lifetimeMs: YEAR_MS }, issue);
  const certificate = server.certificate + authority.certificate;
  writeSecretly(directory, keyFile, server.key);
  writeSecretly(directory, certificateFile, certificate);
  return { certificate, key: server.key };
}

/** The file of a key that signs service account tokens; made in the directory when there is none. */
export function ownSigningKey(directory: string): string {
  const file = path.join(directory, 'service-account.key');
  if (existsSync(file)) return file;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeSecretly(directory, file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  return file;
}

function writeSecretly(directory: string, file: string, text: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, text, { mode: 0o600 });
    chmodSync(file, 0o600);
  } catch (error) {
    throw new UserError(`--cert-dir: cannot write ${file}: ${errorMessage(error)}`);
  }
}
