import { X509Certificate } from 'node:crypto';
import { timeToMs } from '@kubernode/apimachinery';
import { certificatesV1Resources } from '@kubernode/api';
import { controller, nothingToDo, ownKey, watch, type Controller, type Plan } from '@kubernode/controller';
import { isIssued, type CertificateRequest } from './request-state.ts';

const requests = certificatesV1Resources.certificatesigningrequests;
const SETTLED_STAYS_MS = 3_600_000;
const PENDING_STAYS_MS = 24 * 3_600_000;

/** Deletes certificate requests that nobody looks at any more: an hour after they were settled, a day after nothing happened, or when their certificate has ended. */
export const cleaningController: Controller = controller<CertificateRequest>({
  name: 'csrcleaner',
  component: 'certificate-controller',
  workers: 1,
  watches: [watch({ resource: requests, keys: ownKey })],
  read: (key, listers) => listers.of(requests).get(key),
  reconcile: clean,
});

export function clean(request: CertificateRequest, nowMs: number): Plan {
  const { name, uid, deletionTimestamp } = request.metadata;
  const endMs = endOf(request);
  if (deletionTimestamp !== undefined || endMs === undefined) return nothingToDo;
  if (endMs >= nowMs) return { actions: [], againAfterMs: endMs - nowMs + 1 };
  return { actions: [{ do: 'delete', resource: requests, target: { name }, uid }] };
}

/** When the first reason to delete it comes. */
function endOf(request: CertificateRequest): number | undefined {
  const { metadata, status } = request;
  const conditions = status?.conditions ?? [];
  const ends = conditions.flatMap(({ type, lastUpdateTime }) => {
    const stays = type === 'Approved' && !isIssued(request) ? PENDING_STAYS_MS : SETTLED_STAYS_MS;
    return ['Approved', 'Denied', 'Failed'].includes(type) ? later(lastUpdateTime, stays) : [];
  });
  if (conditions.length === 0) ends.push(...later(metadata.creationTimestamp, PENDING_STAYS_MS));
  if (conditions.some(({ type }) => type === 'Approved')) ends.push(...certificateEnd(status?.certificate ?? ''));
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function later(time: string | null | undefined, ms: number): number[] {
  const fromMs = timeToMs(time ?? undefined);
  return fromMs === undefined ? [] : [fromMs + ms];
}

/** Nothing for what is no certificate. */
function certificateEnd(base64: string): number[] {
  if (base64 === '') return [];
  try { return [Date.parse(new X509Certificate(Buffer.from(base64, 'base64')).validTo)]; } catch { return []; } // any signer may have written anything
}
