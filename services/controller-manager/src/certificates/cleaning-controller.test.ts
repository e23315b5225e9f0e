import { clean } from './cleaning-controller.ts';
import type { CertificateRequest } from './request-state.ts';

const HOUR_MS = 3_600_000;
const CREATED = '2026-01-01T00:00:00Z';
const createdMs = Date.parse(CREATED);

function request(conditions: { type: string; hours: number }[], certificate?: string): CertificateRequest {
  const times = conditions.map(({ type, hours }) => ({ type, status: 'True', lastUpdateTime: new Date(createdMs + hours * HOUR_MS).toISOString() }));
  return { metadata: { name: 'r', uid: 'u', creationTimestamp: CREATED }, status: { conditions: times, ...(certificate !== undefined && { certificate: Buffer.from(certificate).toString('base64') }) } } as unknown as CertificateRequest; // the rest is not read
}

test.each<[string, CertificateRequest, number, boolean]>([
  ['nobody settled, after less than a day', request([]), 24, false],
  ['nobody settled, after a day', request([]), 24.01, true],
  ['issued, after an hour', request([{ type: 'Approved', hours: 10 }], 'any'), 11.01, true],
  ['issued, within an hour', request([{ type: 'Approved', hours: 10 }], 'any'), 11, false],
  ['approved but not issued, after an hour', request([{ type: 'Approved', hours: 10 }]), 12, false],
  ['approved but not issued, after a day', request([{ type: 'Approved', hours: 10 }]), 34.01, true],
  ['denied, after an hour', request([{ type: 'Denied', hours: 3 }]), 4.01, true],
  ['failed, after an hour', request([{ type: 'Approved', hours: 0 }, { type: 'Failed', hours: 3 }]), 4.01, true],
  ['failed, within an hour', request([{ type: 'Approved', hours: 0 }, { type: 'Failed', hours: 3 }]), 3.9, false],
  ['issued with what is no certificate', request([{ type: 'Approved', hours: 0 }], 'not a certificate'), 0.5, false],
])('a request that is %s', (_title, one, hours, gone) => {
  const { actions, againAfterMs } = clean(one, createdMs + hours * HOUR_MS);
  expect([actions, againAfterMs !== undefined]).toEqual(gone ? [[{ do: 'delete', resource: expect.objectContaining({ resource: 'certificatesigningrequests' }), target: { name: 'r' }, uid: 'u' }], false] : [[], true]);
});
