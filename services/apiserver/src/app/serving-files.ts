import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { errorMessage, type Clock, type Rng } from '@kubernode/base';
import { createAuthority, issueCertificate, readFlagFile, UserError } from '@kubernode/component-base';
import type { FileFollower } from '../authn/file-follower.ts';
import type { ServingTls } from '../http/serving-tls.ts';
import type { ApiServerConfig } from './options.ts';

const YEAR_MS = 365 * 24 * 3600 * 1000;

export interface ServingFiles { certificate: string; key: string; clientCa: string | undefined; frontProxyCa: string | undefined; signingKeyFile: string }

/** Certificate, keys and CAs from the files that flags name, or self-made ones in --cert-dir, so that the server starts without any. */
export async function readServingFiles(config: ApiServerConfig, host: { clock: Clock; rng: Rng; addresses: readonly string[] }): Promise<ServingFiles> {
  const pair = config.tlsCertFile !== undefined && config.tlsKeyFile !== undefined
    ? { certificate: readFlagFile('tls-cert-file', config.tlsCertFile), key: readFlagFile('tls-private-key-file', config.tlsKeyFile) }
    : await ownCertificate(config.certDir, host);
  return {
    ...pair, clientCa: config.clientCaFile === undefined ? undefined : readFlagFile('client-ca-file', config.clientCaFile),
    frontProxyCa: config.frontProxy.caFile === undefined ? undefined : readFlagFile('requestheader-client-ca-file', config.frontProxy.caFile),
    signingKeyFile: config.serviceAccounts.signingKeyFile ?? ownSigningKey(config.certDir),
  };
}

/** What the HTTPS door shows and whom it believes: the files as `read` gives them, and what the flags say beside them. */
export function servingTls(config: ApiServerConfig, files: ServingFiles, read: (file: string) => string): ServingTls {
  const { tlsCertFile, tlsKeyFile, clientCaFile, frontProxy, tls: { sni, minVersion, ciphers } } = config;
  return {
    cert: tlsCertFile === undefined ? files.certificate : read(tlsCertFile), key: tlsKeyFile === undefined ? files.key : read(tlsKeyFile),
    clientCa: clientCaFile === undefined ? undefined : read(clientCaFile), frontProxyCa: frontProxy.caFile === undefined ? undefined : read(frontProxy.caFile),
    minVersion, ciphers, sni: sni.map(({ certFile, keyFile, domains }) => ({ cert: read(certFile), key: read(keyFile), domains })),
  };
}

/** Hands out new settings whenever one of their files changes. A certificate may change before its key: then the pair is taken up with the second. */
export function followServingTls(config: ApiServerConfig, files: ServingFiles, { follower, take }: { follower: FileFollower; take(tls: ServingTls): void }): void {
  const texts = new Map<string, string>();
  servingTls(config, files, (file) => { texts.set(file, follower.read(file)); return ''; }); // for the names of the files
  for (const [file, text] of texts) {
    follower.follow(file, text, (changed) => {
      texts.set(file, changed);
      take(servingTls(config, files, (one) => texts.get(one) ?? ''));
    });
  }
}

async function ownCertificate(directory: string, { clock, rng, addresses }: { clock: Clock; rng: Rng; addresses: readonly string[] }): Promise<{ certificate: string; key: string }> {
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
