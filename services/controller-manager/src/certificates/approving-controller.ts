import { authorizationV1Resources, certificatesV1Resources } from '@kubernode/api';
import type { Client } from '@kubernode/client';
import { controller, nothingToDo, ownKey, TryAgain, watch, type Controller, type Plan } from '@kubernode/controller';
import { CERTIFICATE_RETRY, CERTIFICATE_WORKERS } from './certificate-queues.ts';
import { readRequest } from './read-request.ts';
import { hasCondition, isIssued, withCondition, type CertificateRequest } from './request-state.ts';
import { KUBELET_CLIENT, signerFault, type RequestedCertificate } from './signer-rules.ts';

export interface ApprovalSnapshot {
  request: CertificateRequest;
  /** As what the cluster's roles let it be approved without anybody looking. */
  approvedAs?: Recognition | undefined;
}

/** What a request is, with the right that its author needs and what an approval says. */
export interface Recognition { subresource: 'selfnodeclient' | 'nodeclient'; message: string }

const requests = certificatesV1Resources.certificatesigningrequests;
const SELF: Recognition = { subresource: 'selfnodeclient', message: 'Auto approving self kubelet client certificate after SubjectAccessReview.' };
const NODE: Recognition = { subresource: 'nodeclient', message: 'Auto approving kubelet client certificate after SubjectAccessReview.' };

/** Approves the client certificates that nodes ask for, where the cluster's roles allow it. */
export const approvingController: Controller = controller<ApprovalSnapshot>({
  name: 'certificate',
  component: 'certificate-controller',
  workers: CERTIFICATE_WORKERS,
  retry: CERTIFICATE_RETRY,
  watches: [watch({ resource: requests, keys: ownKey })],
  read(key, listers) {
    const request = listers.of(requests).get(key);
    const open = request !== undefined && !isIssued(request) && !hasCondition(request, 'Approved') && !hasCondition(request, 'Denied');
    return open && request.spec?.signerName === KUBELET_CLIENT ? { request } : undefined;
  },
  async ask({ request }, { client, signal }) {
    const recognitions = recognize(request, { ...await readRequest(request.spec?.request ?? ''), usages: request.spec?.usages ?? [] });
    for (const approvedAs of recognitions) if (await mayAsk(request, approvedAs, client, signal)) return { request, approvedAs };
    if (recognitions.length > 0) throw new TryAgain(`recognized csr "${request.metadata.name}" as [${recognitions.map(({ subresource }) => subresource).join(' ')}] but subject access review was not approved`);
    return { request };
  },
  reconcile: approve,
});

/** What a request for a client certificate of a node may be; the narrower first. */
export function recognize({ spec }: CertificateRequest, asked: RequestedCertificate): Recognition[] {
  if (signerFault(KUBELET_CLIENT, asked) !== undefined) return [];
  return spec?.username === asked.commonName ? [SELF, NODE] : [NODE];
}

export function approve({ request, approvedAs }: ApprovalSnapshot, nowMs: number): Plan {
  if (approvedAs === undefined) return nothingToDo;
  const object = withCondition(request, { type: 'Approved', reason: 'AutoApproved', message: approvedAs.message }, nowMs);
  return { actions: [{ do: 'update', resource: requests, object, subresource: 'approval' }] };
}

async function mayAsk({ spec }: CertificateRequest, { subresource }: Recognition, client: Client, signal: AbortSignal): Promise<boolean> {
  const review = {
    apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview',
    spec: { user: spec?.username, uid: spec?.uid, groups: spec?.groups, extra: spec?.extra, resourceAttributes: { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', verb: 'create', version: '*', subresource } },
  };
  const answer = await client.create<unknown, { status?: { allowed?: boolean } }>(authorizationV1Resources.subjectaccessreviews, review, { signal });
  return answer.status?.allowed === true;
}
