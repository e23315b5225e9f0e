import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls';

/** What the HTTPS door shows and whom it believes. */
export interface ServingTls {
  cert: string;
  key: string;
  clientCa?: string | undefined;
  /** Vouches for proxies that may say by headers who the user is. */
  frontProxyCa?: string | undefined;
  minVersion?: SecureVersion | undefined;
  /** In OpenSSL's words. */
  ciphers?: string | undefined;
  /** Further certificates, for clients that ask for one of their names; the first that fits is shown. */
  sni?: readonly SniCertificate[] | undefined;
}

export interface SniCertificate {
  cert: string;
  key: string;
  /** Names and patterns such as `*.example.com`; those in the certificate when empty. */
  domains: readonly string[];
}

/** For `createServer` and `setSecureContext`. */
export function secureContextOptions({ cert, key, clientCa, frontProxyCa, minVersion, ciphers }: ServingTls): SecureContextOptions {
  const ca = [clientCa, frontProxyCa].filter((one) => one !== undefined);
  return { cert, key, minVersion: minVersion ?? 'TLSv1.2', ...(ca.length > 0 && { ca }), ...(ciphers !== undefined && { ciphers }) };
}

/** Finds the context for a name that a client asks for; undefined stands for the door's own certificate. */
export function sniContexts(tls: ServingTls): (name: string) => SecureContext | undefined {
  const contexts = (tls.sni ?? []).map(({ cert, key, domains }) => ({
    names: domains.length > 0 ? domains : namesOf(cert), context: createSecureContext(secureContextOptions({ ...tls, cert, key })),
  }));
  return (name) => contexts.find(({ names }) => names.some((pattern) => fits(name.toLowerCase(), pattern.toLowerCase())))?.context;
}

/** A star stands for one label. */
function fits(name: string, pattern: string): boolean {
  if (!pattern.startsWith('*.')) return name === pattern;
  const dot = name.indexOf('.');
  return dot > 0 && name.slice(dot) === pattern.slice(1);
}

/** The DNS names that a certificate is for; its common name where it lists none. */
function namesOf(pem: string): string[] {
  const { subjectAltName = '', subject } = new X509Certificate(pem);
  const names = [...subjectAltName.matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name);
  const commonName = /^CN=(.+)$/m.exec(subject)?.[1];
  return names.length > 0 || commonName === undefined ? names : [commonName];
}
