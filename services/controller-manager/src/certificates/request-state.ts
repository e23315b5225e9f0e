import { formatTime } from '@kubernode/apimachinery';
import type { certificatesV1 } from '@kubernode/api';

export type CertificateRequest = Readonly<certificatesV1.CertificateSigningRequest>;

/** Whether someone said so, whatever the condition's status. */
export function hasCondition({ status }: CertificateRequest, type: 'Approved' | 'Denied' | 'Failed'): boolean {
  return status?.conditions?.some((one) => one.type === type) === true;
}

export function isIssued({ status }: CertificateRequest): boolean { return (status?.certificate ?? '') !== ''; }

/** Approved by someone and denied by nobody, and no signer has given up. */
export function isToBeSigned(request: CertificateRequest): boolean {
  const failed = request.status?.conditions?.some(({ type, status }) => type === 'Failed' && (status === 'True' || status === ''));
  return !isIssued(request) && hasCondition(request, 'Approved') && !hasCondition(request, 'Denied') && failed !== true;
}

type Written = CertificateRequest & { spec: certificatesV1.CertificateSigningRequestSpec };

export function withCondition(request: CertificateRequest, { type, reason, message }: { type: string; reason: string; message: string }, nowMs: number): Written {
  const time = formatTime(nowMs);
  const condition = { type, status: 'True', reason, message, lastUpdateTime: time, lastTransitionTime: time };
  return { ...request, status: { ...request.status, conditions: [...request.status?.conditions ?? [], condition] } } as Written; // requests have a spec
}
