import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '@kubernode/base';

/** A certificate with its key, PEM, and when it is valid, ms since 1970. */
export interface StoredCertificate { cert: string; key: string; notBeforeMs: number; notAfterMs: number }

export interface CertificateStoreOptions { dir: string; /** `kubelet-client`, `kubelet-server`. */ name: string; clock: Clock }

/** Certificates on disk as the kubelet keeps them: each in a file of its own by date, and a link `NAME-current.pem` to the present one. */
export class CertificateStore {
  readonly #options: CertificateStoreOptions;

  constructor(options: CertificateStoreOptions) { this.#options = options; }

  get currentPath(): string { return path.join(this.#options.dir, `${this.#options.name}-current.pem`); }

  /** Undefined where there is none, or none that can be read. */
  async current(): Promise<StoredCertificate | undefined> {
    const text = await readFile(this.currentPath, 'utf8').catch(() => undefined); // none was ever stored
    return text === undefined ? undefined : parseStored(text);
  }

  /** Keeps a new certificate; from then on it is the present one. */
  async update({ cert, key }: Pick<StoredCertificate, 'cert' | 'key'>): Promise<StoredCertificate> {
    const stored = parseStored(`${cert.trimEnd()}\n${key.trimEnd()}\n`);
    if (stored === undefined) throw new Error('the certificate and its key do not belong together');
    const { dir, name, clock } = this.#options;
    await mkdir(dir, { recursive: true, mode: 0o755 });
    const file = `${name}-${new Date(clock.now()).toISOString().slice(0, 19).replace(/[T:]/g, '-')}.pem`; // of a given time
    await writeFile(path.join(dir, file), stored.cert + stored.key, { mode: 0o600 });
    await chmod(path.join(dir, file), 0o600); // also when one of this second was there
    await this.#link(file);
    return stored;
  }

  async #link(file: string): Promise<void> {
    const fresh = `${this.currentPath}.new`;
    await rm(fresh, { force: true });
    await symlink(path.join(this.#options.dir, file), fresh);
    await rename(fresh, this.currentPath);
  }
}

/** Certificates and key in one text. Undefined when something is missing, or the key is another certificate's. */
export function parseStored(text: string): StoredCertificate | undefined {
  const blocks = text.match(/-----BEGIN ([A-Z ]+)-----[\s\S]+?-----END \1-----/g) ?? [];
  const certs = blocks.filter((block) => block.startsWith('-----BEGIN CERTIFICATE-----'));
  const key = blocks.find((block) => /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(block));
  const [leaf] = certs;
  if (leaf === undefined || key === undefined) return undefined;
  try {
    const certificate = new X509Certificate(leaf);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return undefined;
    return { cert: `${certs.join('\n')}\n`, key: `${key}\n`, notBeforeMs: Date.parse(certificate.validFrom), notAfterMs: Date.parse(certificate.validTo) };
  } catch { return undefined; } // no certificate, or no key
}
