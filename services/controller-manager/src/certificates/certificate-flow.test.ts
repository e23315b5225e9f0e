import 'reflect-metadata';
import { KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import { ExtendedKeyUsage, ExtendedKeyUsageExtension, Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension, X509CertificateGenerator, type JsonGeneralNames } from '@peculiar/x509';
import type { Client } from '@kubernode/client';
import { TryAgain, type Controller } from '@kubernode/controller';
import { createFakeClock } from '@kubernode/testing';
import { seededRng } from '@kubernode/base';
import { approvingController, type ApprovalSnapshot } from './approving-controller.ts';
import type { CertificateRequest } from './request-state.ts';
import type { Authority } from './sign-request.ts';
import { KUBELET_CLIENT, KUBELET_SERVING } from './signer-rules.ts';
import { settle, signingController, type SigningSnapshot } from './signing-controller.ts';

const NOW_MS = Date.parse('2026-06-01T00:00:00Z');
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const signal = new AbortController().signal;

type KeyAlgorithm = webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams;

async function authority(algorithm: KeyAlgorithm, type: 'pkcs8' | 'pkcs1' | 'sec1'): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as webcrypto.CryptoKeyPair; // asymmetric algorithms give pairs
  const certificate = await X509CertificateGenerator.createSelfSigned({ name: 'CN=ca', keys, notBefore: new Date(NOW_MS - 1000), notAfter: new Date(NOW_MS + 86_400_000), signingAlgorithm: { ...algorithm, hash: 'SHA-256' } });
  return { certificate: certificate.toString('pem'), key: KeyObject.from(keys.privateKey).export({ type: type as 'pkcs8', format: 'pem' }) as string }; // PEM is text
}

async function request(more: object, names: JsonGeneralNames = []): Promise<CertificateRequest> {
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const extensions = [...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []), new ExtendedKeyUsageExtension([ExtendedKeyUsage.codeSigning])];
  const pkcs10 = await Pkcs10CertificateRequestGenerator.create({ name: 'O=system:nodes, CN=system:node:a', keys, signingAlgorithm: EC, extensions });
  const spec = { signerName: KUBELET_CLIENT, username: 'system:node:a', usages: ['client auth', 'digital signature'], request: Buffer.from(pkcs10.toString('pem')).toString('base64'), ...more };
  return { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: 'r' }, spec, status: { conditions: [{ type: 'Approved', status: 'True' }] } } as unknown as CertificateRequest; // written by hand
}

function ask<S>(one: Controller, snapshot: S, allowed: readonly string[] = []): Promise<S> {
  const create = (_resource: unknown, review: { spec: { resourceAttributes: { subresource: string } } }): Promise<unknown> => Promise.resolve({ status: { allowed: allowed.includes(review.spec.resourceAttributes.subresource) } });
  return one.ask?.(snapshot, { client: { create } as unknown as Client, signal }) as Promise<S>; // only reviews are created, and the snapshot is of this controller
}

test.each<[string, string[], string | undefined]>([
  ['may renew its own', ['selfnodeclient', 'nodeclient'], 'selfnodeclient'],
  ['may ask for any node', ['nodeclient'], 'nodeclient'],
  ['may not', [], undefined],
])('a node that %s', async (_title, allowed, want) => {
  const asking = ask<ApprovalSnapshot>(approvingController, { request: await request({}) }, allowed);
  if (want === undefined) await expect(asking).rejects.toThrow(TryAgain);
  else expect((await asking).approvedAs?.subresource).toBe(want);
});

function signing(one: Authority): Controller {
  return signingController({ authorityOf: () => () => one, lifetimeMaxMs: 7_200_000, clock: createFakeClock(NOW_MS), rng: seededRng(1) });
}

test.each<[string, KeyAlgorithm, 'pkcs8' | 'pkcs1' | 'sec1']>([
  ['elliptic key', EC, 'pkcs8'],
  ['elliptic key as OpenSSL writes it', { name: 'ECDSA', namedCurve: 'P-384' }, 'sec1'],
  ['RSA key as OpenSSL writes it', { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, 'pkcs1'],
])('a certificate signed with an %s', async (_title, algorithm, type) => {
  const ca = await authority(algorithm, type);
  const { outcome, request: asked } = await ask<SigningSnapshot>(signing(ca), { request: await request({ signerName: KUBELET_SERVING, usages: ['server auth', 'digital signature'] }, [{ type: 'dns', value: 'a.example' }, { type: 'ip', value: '10.0.0.1' }]) });
  const [action] = settle({ request: asked, outcome }, NOW_MS).actions;
  const { status } = (action as { object: unknown }).object as CertificateRequest; // the action is an update of the request
  const certificate = new X509Certificate(Buffer.from(status?.certificate ?? '', 'base64'));
  expect(certificate.verify(new X509Certificate(ca.certificate).publicKey)).toBe(true);
  expect([certificate.subject, certificate.subjectAltName, certificate.keyUsage, certificate.ca]).toEqual(['O=system:nodes\nCN=system:node:a', 'DNS:a.example, IP Address:10.0.0.1', ['1.3.6.1.5.5.7.3.1'], false]);
  expect([certificate.validFrom, certificate.validTo].map((time) => Date.parse(time) - NOW_MS)).toEqual([-300_000, 7_200_000]);
});

test('a request that does not fit its signer fails with the reason', async () => {
  const snapshot = await ask<SigningSnapshot>(signing(await authority(EC, 'pkcs8')), { request: await request({ usages: ['server auth'] }) });
  expect(snapshot.outcome).toEqual({ fault: 'usages did not match [client auth digital signature key encipherment]' });
  expect(settle(snapshot, NOW_MS).actions).toMatchObject([{ subresource: 'status', object: { status: { conditions: [{ type: 'Approved' }, { type: 'Failed', status: 'True', reason: 'SignerValidationFailure' }] } } }]);
});

test('what is no request is no reason to sign', async () => {
  await expect(ask<SigningSnapshot>(signing(await authority(EC, 'pkcs8')), { request: await request({ request: Buffer.from('-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----').toString('base64') }) })).rejects.toThrow('PEM block type must be CERTIFICATE REQUEST');
});
