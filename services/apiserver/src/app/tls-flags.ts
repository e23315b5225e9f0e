import type { SecureVersion } from 'node:tls';
import { UsageError } from '@kubernode/component-base';

const VERSIONS: Readonly<Record<string, SecureVersion>> = { VersionTLS10: 'TLSv1', VersionTLS11: 'TLSv1.1', VersionTLS12: 'TLSv1.2', VersionTLS13: 'TLSv1.3' };

/** IANA's names of cipher suites, which flags have, and OpenSSL's. Those of TLS 1.3 have one name. */
const SUITES: Readonly<Record<string, string>> = {
  TLS_AES_128_GCM_SHA256: 'TLS_AES_128_GCM_SHA256', TLS_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384', TLS_CHACHA20_POLY1305_SHA256: 'TLS_CHACHA20_POLY1305_SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256', TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256', TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: 'ECDHE-ECDSA-CHACHA20-POLY1305', TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'ECDHE-RSA-CHACHA20-POLY1305', TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA', TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA', TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 'ECDHE-ECDSA-AES128-SHA256', TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: 'ECDHE-RSA-AES128-SHA256',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256', TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA', TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA', TLS_RSA_WITH_AES_128_CBC_SHA256: 'AES128-SHA256',
};

/** --tls-min-version; throws a UsageError for an unknown one. */
export function tlsVersion(flag: string | undefined): SecureVersion | undefined {
  if (flag === undefined || flag === '') return undefined;
  const version = VERSIONS[flag];
  if (version === undefined) throw new UsageError(`--tls-min-version: unknown tls version ${JSON.stringify(flag)}, want ${Object.keys(VERSIONS).join(', ')}`);
  return version;
}

/** --tls-cipher-suites in OpenSSL's words; undefined leaves the choice to Node. */
export function tlsCiphers(flag: readonly string[]): string | undefined {
  if (flag.length === 0) return undefined;
  return [...new Set(flag.map((name) => SUITES[name] ?? unknownSuite(name)))].join(':');
}

function unknownSuite(name: string): never {
  throw new UsageError(`--tls-cipher-suites: Cipher suite ${name} not supported or doesn't exist`);
}

/** One --tls-sni-cert-key: `CERT,KEY` or `CERT,KEY:DOMAIN,…`. */
export function sniFlag(flag: string): { certFile: string; keyFile: string; domains: readonly string[] } {
  const colon = flag.lastIndexOf(':');
  const [files, list] = colon < 0 ? [flag, ''] : [flag.slice(0, colon), flag.slice(colon + 1)];
  const [certFile = '', keyFile = '', ...more] = files.split(',').map((one) => one.trim());
  if (certFile === '' || keyFile === '' || more.length > 0) throw new UsageError('--tls-sni-cert-key: expected comma separated certificate and key file paths');
  const domains = list.split(',').map((one) => one.trim()).filter((one) => one !== '');
  if (colon >= 0 && domains.length === 0) throw new UsageError('--tls-sni-cert-key: empty domain');
  return { certFile, keyFile, domains };
}
