import { createSecureContext } from 'node:tls';
import { sniFlag, tlsCiphers, tlsVersion } from './tls-flags.ts';

it('sniFlag reads files and domains', () => {
  expect(sniFlag('/a/tls.crt,/a/tls.key')).toEqual({ certFile: '/a/tls.crt', keyFile: '/a/tls.key', domains: [] });
  expect(sniFlag('/a/tls.crt,/a/tls.key:*.a.b,c.d')).toEqual({ certFile: '/a/tls.crt', keyFile: '/a/tls.key', domains: ['*.a.b', 'c.d'] });
  expect(() => sniFlag('/a/tls.crt')).toThrow('expected comma separated certificate and key file paths');
  expect(() => sniFlag('/a/tls.crt,/a/tls.key:')).toThrow('empty domain');
});

it('tlsCiphers gives names that OpenSSL knows', () => {
  const ciphers = tlsCiphers(['TLS_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256']);
  expect(ciphers).toBe('TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305');
  expect(() => createSecureContext({ ciphers })).not.toThrow();
  expect(() => tlsCiphers(['TLS_X'])).toThrow("Cipher suite TLS_X not supported or doesn't exist");
  expect(tlsCiphers([])).toBeUndefined();
});

it('tlsVersion knows the versions of flags', () => {
  expect([tlsVersion('VersionTLS13'), tlsVersion(undefined)]).toEqual(['TLSv1.3', undefined]);
  expect(() => tlsVersion('1.3')).toThrow('unknown tls version "1.3"');
});
