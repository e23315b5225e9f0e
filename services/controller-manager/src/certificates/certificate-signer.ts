import { formatTime } from '@kubernode/apimachinery';
import { authorizationV1Resources, certificatesV1Resources, type certificatesV1 } from '@kubernode/api';
import { errorMessage, isAbortError, TaskGroup } from '@kubernode/base';
import { WorkQueue } from '@kubernode/client';
import type { Runtime } from '@kubernode/controller';
import { conditionOf } from '../controllers/conditions.ts';
import { readRequest, type Authority } from './sign-request.ts';
import { isOurs, KUBELET_CLIENT, signerFault } from './signer-rules.ts';

type Request = Readonly<certificatesV1.CertificateSigningRequest>;

const requests = certificatesV1Resources.certificatesigningrequests;
const WORKERS = 2;

export interface SignerOptions { authority: Authority; lifetimeMs: number }

/** Approves what nodes ask for themselves, and signs what is approved. A loop of its own: signing is no pure function. */
export async function runCertificateSigner(runtime: Runtime, options: SignerOptions, signal: AbortSignal): Promise<void> {
  const { informers, clock, metrics, logger } = runtime;
  const queue = new WorkQueue({ name: 'certificate', clock, metrics });
  const informer = informers.informer(requests);
  await informer.synced(signal);
  using _listener = informer.onChange(({ key, object }) => { if (object !== undefined) queue.add(key); });
  const work = async (inner: AbortSignal): Promise<void> => {
    for (;;) {
      const key = await queue.get(inner);
      try {
        const request = informer.lister.get(key);
        if (request !== undefined) await settle(request, runtime, options, inner);
        queue.forget(key);
      } catch (error) {
        if (isAbortError(error) && inner.aborted) throw error;
        logger.debug('certificate not signed', { request: key, error: errorMessage(error) });
        queue.addRateLimited(key);
      } finally { queue.done(key); }
    }
  };
  const group = new TaskGroup(signal);
  for (let i = 0; i < WORKERS; i++) group.spawn(work);
  try { await group.done(); } finally { queue.clear(); }
}

async function settle(request: Request, { client, clock, rng }: Runtime, { authority, lifetimeMs }: SignerOptions, signal: AbortSignal): Promise<void> {
  const { spec, status } = request;
  const says = (type: string): boolean => conditionOf(status?.conditions, type)?.status === 'True';
  if (spec === undefined || !isOurs(spec.signerName) || (status?.certificate ?? '') !== '' || says('Denied') || says('Failed')) return;
  const read = await readRequest(Buffer.from(spec.request, 'base64').toString());
  const fault = signerFault(spec.signerName, { ...read, usages: spec.usages ?? [] });
  if (!says('Approved')) {
    const asked = fault === undefined ? selfAsked(request, read.commonName) : undefined;
    if (asked === undefined || !await mayAsk(request, asked.subresource, client, signal)) return;
    const { message } = asked;
    await client.update(requests, withCondition(request, { type: 'Approved', reason: 'AutoApproved', message }, clock.now()), { signal, subresource: 'approval' });
    return;
  }
  if (fault !== undefined) {
    await client.update(requests, withCondition(request, { type: 'Failed', reason: 'SignerValidationFailure', message: fault }, clock.now()), { signal, subresource: 'status' });
    return;
  }
  const wishedMs = spec.expirationSeconds === undefined ? lifetimeMs : spec.expirationSeconds * 1000;
  const pem = await read.sign(authority, { usages: spec.usages ?? [], lifetimeMs: Math.min(wishedMs, lifetimeMs), nowMs: clock.now(), rng });
  await client.update(requests, { ...request, status: { ...status, certificate: Buffer.from(pem).toString('base64') } }, { signal, subresource: 'status' });
}

/** A node renews its own certificate, or gets its first; whether it may, the cluster's roles say. */
function selfAsked({ spec }: Request, commonName: string): { subresource: string; message: string } | undefined {
  if (spec?.signerName !== KUBELET_CLIENT) return undefined;
  return spec.username === commonName
    ? { subresource: 'selfnodeclient', message: 'Auto approving self kubelet client certificate after SubjectAccessReview.' }
    : { subresource: 'nodeclient', message: 'Auto approving kubelet client certificate after SubjectAccessReview.' };
}

async function mayAsk({ spec }: Request, subresource: string, client: Runtime['client'], signal: AbortSignal): Promise<boolean> {
  const review = {
    apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview',
    spec: { user: spec?.username, uid: spec?.uid, groups: spec?.groups, extra: spec?.extra, resourceAttributes: { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', verb: 'create', version: '*', subresource } },
  };
  const answer = await client.create<unknown, { status?: { allowed?: boolean } }>(authorizationV1Resources.subjectaccessreviews, review, { signal });
  return answer.status?.allowed === true;
}

function withCondition(request: Request, { type, reason, message }: { type: string; reason: string; message: string }, nowMs: number): Request & { spec: certificatesV1.CertificateSigningRequestSpec } {
  const time = formatTime(nowMs);
  const condition = { type, status: 'True', reason, message, lastUpdateTime: time, lastTransitionTime: time };
  return { ...request, status: { ...request.status, conditions: [...request.status?.conditions ?? [], condition] } } as Request & { spec: certificatesV1.CertificateSigningRequestSpec }; // requests have a spec
}
