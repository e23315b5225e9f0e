import { type certificatesV1, certificatesV1Resources } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { createSigningRequest } from '@kubernode/component-base';
import type { CertificateTemplate } from './rotation-deadline.ts';

export interface CertificateAsk { signerName: string; usages: readonly string[]; template: CertificateTemplate }

export const CLIENT_SIGNER: Pick<CertificateAsk, 'signerName' | 'usages'> = { signerName: 'kubernetes.io/kube-apiserver-client-kubelet', usages: ['digital signature', 'client auth'] };
export const SERVING_SIGNER: Pick<CertificateAsk, 'signerName' | 'usages'> = { signerName: 'kubernetes.io/kubelet-serving', usages: ['digital signature', 'server auth'] };

/** As long as a request may wait for somebody to approve it; after that another is made. */
const WAIT_MAX_MS = 15 * 60_000;
const POLL_MS = 500;
const POLL_MAX_MS = 10_000;

/** The request was refused for good. */
export class CertificateDenied extends Error {
  override readonly name = 'CertificateDenied';
}

/** Asks the cluster for a certificate of a new key, and waits until it is signed. Rejects when it is denied, fails, or nobody approves it in time. */
export async function requestCertificate({ client, clock }: { client: Client; clock: Clock }, { signerName, usages, template }: CertificateAsk, signal: AbortSignal): Promise<{ cert: string; key: string }> {
  const { request, key } = await createSigningRequest(template);
  const object = {
    apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { generateName: 'csr-' },
    spec: { request: Buffer.from(request).toString('base64'), signerName, usages: [...usages] },
  };
  const made = await client.create<certificatesV1.CertificateSigningRequest>(certificatesV1Resources.certificatesigningrequests, object, { signal });
  return { cert: await signed({ client, clock }, made, signal), key };
}

async function signed({ client, clock }: { client: Client; clock: Clock }, { metadata: { name, uid } }: certificatesV1.CertificateSigningRequest, signal: AbortSignal): Promise<string> {
  const untilMs = clock.monotonicNow() + WAIT_MAX_MS;
  for (let waitMs = POLL_MS; clock.monotonicNow() < untilMs; waitMs = Math.min(waitMs * 1.5, POLL_MAX_MS)) {
    const request = await client.get(certificatesV1Resources.certificatesigningrequests, { name }, { signal });
    if (request.metadata.uid !== uid) throw new Error(`csr "${name}" changed UIDs`);
    const verdict = request.status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed');
    if (verdict !== undefined) throw new CertificateDenied(`certificate signing request is ${verdict.type.toLowerCase()}, reason: ${verdict.reason ?? ''}, message: ${verdict.message ?? ''}`);
    if (request.status?.certificate) return Buffer.from(request.status.certificate, 'base64').toString('utf8');
    await clock.sleep(waitMs, { signal });
  }
  throw new Error(`csr "${name}" was not signed in time`);
}
