import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type certificatesV1, certificatesV1Resources } from '@kubernode/api';
import { seededRng, systemClock } from '@kubernode/base';
import { loadKubeconfig } from '@kubernode/client';
import { createAuthority, createSigningRequest, type KeyPair, silentLogger } from '@kubernode/component-base';
import { createFakeClient, type FakeClient } from '@kubernode/testing';
import * as x509 from '@peculiar/x509';
import { Registry } from 'prom-client';
import { bootstrap } from './bootstrap.ts';
import { CertificateManager } from './certificate-manager.ts';
import { createCertificateMetrics } from './certificate-metrics.ts';
import { CertificateStore, parseStored, type StoredCertificate } from './certificate-store.ts';
import { CLIENT_SIGNER, requestCertificate } from './request-certificate.ts';
import { rotationDeadline } from './rotation-deadline.ts';

const clock = systemClock;
const rng = seededRng(1);
const HOUR_MS = 3_600_000;
const TEMPLATE = { commonName: 'system:node:n1', organizations: ['system:nodes'], dnsNames: ['n1'], ipAddresses: ['10.0.0.1'] };
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
let dir: string;
let authority: KeyPair;
let client: FakeClient;
let stop: AbortController;
beforeAll(async () => { authority = await createAuthority({ commonName: 'ca', lifetimeMs: HOUR_MS }, { now: clock.now(), rng }); });
beforeEach(() => { dir = mkdtempSync(path.join(tmpdir(), 'certificates-')); client = createFakeClient(); stop = new AbortController(); });
afterEach(() => { stop.abort(); rmSync(dir, { recursive: true, force: true, maxRetries: 5 }); });

async function sign(request: string, [notBeforeMs, notAfterMs]: readonly [number, number]): Promise<string> {
  const asked = new x509.Pkcs10CertificateRequest(request);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(authority.key), ALGORITHM, false, ['sign']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: '01', subject: asked.subject, issuer: new x509.X509Certificate(authority.certificate).subject, notBefore: new Date(notBeforeMs), notAfter: new Date(notAfterMs), publicKey: asked.publicKey, signingKey, signingAlgorithm: ALGORITHM,
  });
  return certificate.toString('pem');
}

const requests = (): readonly certificatesV1.CertificateSigningRequest[] => client.all(certificatesV1Resources.certificatesigningrequests);

/** Answers each request in its turn as the control plane would: with a certificate of that validity, or a denial. */
async function answer(...answers: (readonly [number, number] | 'Denied')[]): Promise<void> {
  const done = new Set<string>();
  while (answers.length > 0 && !stop.signal.aborted) {
    for (const request of requests()) {
      if (done.has(request.metadata.name)) continue;
      done.add(request.metadata.name);
      const next = answers.shift();
      if (next === undefined) return;
      const status = next === 'Denied' ? { conditions: [{ type: 'Denied', status: 'True', reason: 'No', message: 'not you' }] }
        : { certificate: Buffer.from(await sign(Buffer.from(request.spec.request, 'base64').toString(), next)).toString('base64') };
      client.put({ ...request, status });
    }
    await clock.sleep(10);
  }
}

const validFor = (beforeMs: number, afterMs: number): readonly [number, number] => [clock.now() - beforeMs, clock.now() + afterMs];

test('requestCertificate: asks as the kubelet does, and gives certificate and key once it is signed', async () => {
  const [pair] = await Promise.all([requestCertificate({ client, clock }, { ...CLIENT_SIGNER, template: TEMPLATE }, stop.signal), answer(validFor(0, HOUR_MS))]);
  const [made] = requests();
  expect(made?.spec).toMatchObject({ signerName: 'kubernetes.io/kube-apiserver-client-kubelet', usages: ['digital signature', 'client auth'] });
  const asked = new x509.Pkcs10CertificateRequest(Buffer.from(made?.spec.request ?? '', 'base64').toString());
  expect(asked.subject).toBe('O=system:nodes, CN=system:node:n1');
  expect(parseStored(pair.cert + pair.key)).toBeDefined();
});

test('requestCertificate: a denial is told with its reason', async () => {
  void answer('Denied');
  await expect(requestCertificate({ client, clock }, { ...CLIENT_SIGNER, template: TEMPLATE }, stop.signal)).rejects.toThrow('certificate signing request is denied, reason: No, message: not you');
});

test('CertificateStore: one file a certificate for root alone, and a link to the present one; a foreign key is refused', async () => {
  const store = new CertificateStore({ dir: path.join(dir, 'pki'), name: 'kubelet-client', clock });
  const { request, key } = await createSigningRequest(TEMPLATE);
  const cert = await sign(request, validFor(0, HOUR_MS));
  await store.update({ cert, key });
  const [current = '', file = ''] = readdirSync(path.join(dir, 'pki')).sort().reverse();
  expect([current, file]).toEqual(['kubelet-client-current.pem', expect.stringMatching(/^kubelet-client-\d{4}(-\d\d){5}\.pem$/)]);
  expect([lstatSync(store.currentPath).isSymbolicLink(), statSync(store.currentPath).mode & 0o777, (await store.current())?.cert]).toEqual([true, 0o600, `${cert.trim()}\n`]);
  await expect(store.update({ cert, key: (await createSigningRequest(TEMPLATE)).key })).rejects.toThrow('do not belong together');
  writeFileSync(store.currentPath, 'damaged');
  expect(await store.current()).toBeUndefined();
});

test('CertificateManager: tells the certificate that there is, and each that replaces it before it expires', async () => {
  const registry = new Registry();
  const store = new CertificateStore({ dir, name: 'kubelet-client', clock });
  const first = await createSigningRequest(TEMPLATE);
  await store.update({ key: first.key, cert: await sign(first.request, validFor(99_000, 1000)) }); // of its life more than nine tenths are over
  const seen: StoredCertificate[] = [];
  const manager = new CertificateManager({ store, client, clock, rng, logger: silentLogger, ask: { ...CLIENT_SIGNER, template: TEMPLATE }, metrics: createCertificateMetrics(registry, 'client', clock), onCertificate: (one) => { seen.push(one); } });
  const running = manager.run(stop.signal).catch(() => undefined); // ends by the abort
  await answer(validFor(0, HOUR_MS));
  for (let i = 0; seen.length < 2 && i < 500; i++) await clock.sleep(10);
  expect([seen.length, (await store.current())?.cert === seen[1]?.cert, seen[0]?.cert === seen[1]?.cert]).toEqual([2, true, false]);
  const ttl = Number(/^kubelet_certificate_manager_client_ttl_seconds (\S+)/m.exec(await registry.metrics())?.[1]);
  expect(ttl).toBeGreaterThan(3000);
  stop.abort();
  await running;
}, 20_000); // keys and certificates are made for real

test('CertificateManager: a failure is counted and tried again', async () => {
  const registry = new Registry();
  const waits: number[] = [];
  const manager = new CertificateManager({
    store: new CertificateStore({ dir, name: 'kubelet-server', clock }), client, rng, logger: silentLogger, ask: { ...CLIENT_SIGNER, template: TEMPLATE }, metrics: createCertificateMetrics(registry, 'server', clock), onCertificate: () => { stop.abort(); },
    clock: { ...clock, sleep: (ms, options) => { if (ms >= 2000) waits.push(ms); return clock.sleep(Math.min(ms, 20), options); } },
  });
  const answering = answer('Denied', validFor(0, HOUR_MS));
  await manager.run(stop.signal).catch(() => undefined); // ends by the abort
  await answering;
  expect(waits[0]).toBeGreaterThanOrEqual(2000);
  expect(await registry.metrics()).toContain('kubelet_server_expiration_renew_errors 1');
});

test('bootstrap: makes a kubeconfig that names the certificate where it is kept; a valid one is left alone', async () => {
  const store = new CertificateStore({ dir, name: 'kubelet-client', clock });
  const [kubeconfig, bootstrapKubeconfig] = [path.join(dir, 'kubelet.conf'), path.join(dir, 'bootstrap.conf')];
  writeFileSync(bootstrapKubeconfig, `apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: "https://h:6443", certificate-authority-data: ${Buffer.from(authority.certificate).toString('base64')}}}]\nusers: [{name: u, user: {token: abcdef.0123456789abcdef}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n`);
  const connected: string[] = [];
  const join = (): Promise<void> => bootstrap({ kubeconfig, bootstrapKubeconfig, nodeName: 'n1', store, connectBy: (file) => { connected.push(file); return client; }, clock, rng, logger: silentLogger }, stop.signal);
  await Promise.all([join(), answer(validFor(0, HOUR_MS))]);
  const { server, cert, key, ca, token } = loadKubeconfig(kubeconfig).connection;
  expect([server, token, ca?.toString(), new X509Certificate(cert ?? '').subject, key?.toString().includes('PRIVATE KEY')]).toEqual(['https://h:6443', undefined, authority.certificate, 'O=system:nodes\nCN=system:node:n1', true]);
  expect([readFileSync(kubeconfig, 'utf8').includes('abcdef'), statSync(kubeconfig).mode & 0o777]).toEqual([false, 0o600]);
  await join();
  expect(connected).toEqual([bootstrapKubeconfig]);
});

test('rotationDeadline: between seven and nine tenths of a life', () => { expect([rotationDeadline({ notBeforeMs: 1000, notAfterMs: 2000 }, 0), rotationDeadline({ notBeforeMs: 1000, notAfterMs: 2000 }, 1)]).toEqual([1700, 1900]); });
