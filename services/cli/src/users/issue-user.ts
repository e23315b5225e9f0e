import { certificatesV1Resources, type certificatesV1 } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { createSigningRequest, type KeyPair, UserError } from '@kubernode/component-base';

const SIGNER = 'kubernetes.io/kube-apiserver-client';
const SIGNED_WITHIN_MS = 30_000;
const POLL_MS = 200;

export interface UserIdentity { name: string; groups: readonly string[]; lifetimeMs: number }

/** A certificate of the cluster for a user, asked for and approved by who runs the command; the key never leaves this process. */
export async function issueUser({ client, clock }: { client: Client; clock: Clock }, { name, groups, lifetimeMs }: UserIdentity, signal: AbortSignal): Promise<KeyPair> {
  const resource = certificatesV1Resources.certificatesigningrequests;
  const { request, key } = await createSigningRequest({ commonName: name, organizations: groups });
  const made = await client.create<certificatesV1.CertificateSigningRequest>(resource, {
    metadata: { generateName: 'kubernode-user-' }, spec: { request: Buffer.from(request).toString('base64'), signerName: SIGNER, usages: ['client auth', 'digital signature'], expirationSeconds: Math.floor(lifetimeMs / 1000) },
  }, { signal });
  const approval = { type: 'Approved', status: 'True', reason: 'KubernodeUserAdd', message: `approved by kubernode user add ${name}` };
  await client.update(resource, { ...made, status: { ...made.status, conditions: [approval] } }, { subresource: 'approval', signal });
  try { return { certificate: await signed({ client, clock }, made.metadata.name, signal), key }; } finally {
    await client.delete(resource, { name: made.metadata.name }, {}).catch(() => undefined); // the cluster clears it away after an hour
  }
}

async function signed({ client, clock }: { client: Client; clock: Clock }, name: string, signal: AbortSignal): Promise<string> {
  const untilMs = clock.monotonicNow() + SIGNED_WITHIN_MS;
  while (clock.monotonicNow() < untilMs) {
    const { status } = await client.get(certificatesV1Resources.certificatesigningrequests, { name }, { signal });
    const refusal = status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed');
    if (refusal !== undefined) throw new UserError(`the certificate was refused: ${refusal.message ?? refusal.reason ?? refusal.type}`);
    if (status?.certificate) return Buffer.from(status.certificate, 'base64').toString('utf8');
    await clock.sleep(POLL_MS, { signal });
  }
  throw new UserError(`nobody signed the certificate in ${SIGNED_WITHIN_MS / 1000} s: does the controller manager run, with --cluster-signing-cert-file and its key?`);
}
