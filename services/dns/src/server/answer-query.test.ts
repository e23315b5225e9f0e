import { decode, encode } from 'dns-packet';
import fc from 'fast-check';
import type { ZoneView } from '../zone/zone-view.ts';
import { answerQuery } from './answer-query.ts';

const many = Array.from({ length: 200 }, (_, i) => `10.244.${i >> 8}.${i & 255}`);
const view: ZoneView = {
  domain: 'cluster.local', namespaceExists: () => true, serviceByAddress: () => undefined, slicesByAddress: () => [],
  service: (_, name) => (name === 'web' ? { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'a' }, spec: { clusterIPs: ['10.96.0.9'] } } : name === 'many' ? { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'a' }, spec: { clusterIP: 'None' } } : undefined),
  slices: () => [{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 's' }, addressType: 'IPv4', endpoints: [{ addresses: many }] }],
};
const query = (name: string, type: 'A' | 'AAAA' = 'A', additionals: object[] = []): Buffer => encode({ type: 'query', id: 7, flags: 256, questions: [{ name, type }], additionals: additionals as never[] });

function answerTo(bytes: Buffer, transport: 'udp' | 'tcp' = 'udp') {
  const outcome = answerQuery(bytes, transport, view);
  if (outcome.kind !== 'answer') return outcome.kind;
  const { id, answers, authorities, flag_aa, flag_ra, flag_tc } = decode(outcome.bytes);
  return { id, code: outcome.code, answers: answers?.length, authorities: authorities?.map((one) => one.type), flag_aa, flag_ra, flag_tc, bytes: outcome.bytes.length };
}

test('answerQuery is authoritative for the cluster and keeps the id', () => {
  expect(answerTo(query('web.a.svc.cluster.local'))).toMatchObject({ id: 7, code: 'NOERROR', answers: 1, authorities: [], flag_aa: true, flag_ra: true });
});

test('answerQuery names the authority in negative answers, so that they can be kept', () => {
  expect(answerTo(query('none.a.svc.cluster.local'))).toMatchObject({ code: 'NXDOMAIN', answers: 0, authorities: ['SOA'] });
  expect(answerTo(query('web.a.svc.cluster.local', 'AAAA'))).toMatchObject({ code: 'NOERROR', answers: 0, authorities: ['SOA'] });
});

test('answerQuery cuts a UDP answer to what fits and says so; TCP has it whole', () => {
  const small = answerTo(query('many.a.svc.cluster.local'));
  expect(small).toMatchObject({ flag_tc: true });
  expect((small as { bytes: number }).bytes).toBeLessThanOrEqual(512);
  expect(answerTo(query('many.a.svc.cluster.local'), 'tcp')).toMatchObject({ flag_tc: false, answers: 200 });
});

test('answerQuery leaves other names to upstream servers', () => { expect(answerTo(query('example.org'))).toBe('forward'); });

test('answerQuery never throws, whatever comes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => { answerQuery(Buffer.from(bytes), 'udp', view); }));
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(60), (bytes, at) => {
    const whole = Buffer.from(query('web.a.svc.cluster.local'));
    Buffer.from(bytes).copy(whole, Math.min(at, whole.length - 1));
    answerQuery(whole, 'udp', view);
  }));
});
