import { encodeAuditEvent, type AuditEvent } from './audit-event.ts';
import { legacyLine } from './legacy-format.ts';

const event: AuditEvent = {
  level: 'Request', auditID: 'id-1', stage: 'ResponseComplete', requestURI: '/api/v1/namespaces/shop/pods?limit=1&x=<y>', verb: 'list',
  user: { name: 'jane', uid: 'u1', groups: ['devs'], extra: { z: ['1'], a: ['2', '3'] } }, impersonatedUser: { name: 'joe', uid: '', groups: [], extra: {} }, impersonationConstraint: 'impersonate:user-info',
  sourceIPs: ['10.0.0.1'], userAgent: 'kubectl/v1', objectRef: { resource: 'pods', namespace: 'shop', name: '', uid: '', apiGroup: '', apiVersion: 'v1', resourceVersion: '', subresource: '' },
  responseStatus: { status: 'Failure', message: 'no', reason: 'Forbidden', details: { kind: 'pods' }, code: 403 }, requestObject: '{"b":1}',
  receivedAt: Date.UTC(2026, 0, 2, 3, 4, 5) + 6.789, stageAt: Date.UTC(2026, 0, 2, 3, 4, 5) + 7, annotations: { 'b/x': 'late', 'a/x': 'early' },
};
const bare: AuditEvent = { ...event, user: undefined, sourceIPs: [], userAgent: '', responseStatus: { code: 200 }, annotations: {} };
delete bare.impersonatedUser;
bare.impersonationConstraint = '';
delete bare.objectRef;
delete bare.requestObject;

test('encodeAuditEvent writes fields in Go\'s order, maps by key, texts with escapes for HTML', () => {
  expect(encodeAuditEvent(event, { typed: true })).toBe('{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Request","auditID":"id-1","stage":"ResponseComplete",'
    + '"requestURI":"/api/v1/namespaces/shop/pods?limit=1\\u0026x=\\u003cy\\u003e","verb":"list","user":{"username":"jane","uid":"u1","groups":["devs"],"extra":{"a":["2","3"],"z":["1"]}},'
    + '"impersonatedUser":{"username":"joe"},"authenticationMetadata":{"impersonationConstraint":"impersonate:user-info"},"sourceIPs":["10.0.0.1"],"userAgent":"kubectl/v1",'
    + '"objectRef":{"resource":"pods","namespace":"shop","apiVersion":"v1"},"responseStatus":{"metadata":{},"status":"Failure","message":"no","reason":"Forbidden","details":{"kind":"pods"},"code":403},'
    + '"requestObject":{"b":1},"requestReceivedTimestamp":"2026-01-02T03:04:05.006789Z","stageTimestamp":"2026-01-02T03:04:05.007000Z","annotations":{"a/x":"early","b/x":"late"}}');
});

test('encodeAuditEvent leaves out what is empty, and the kind inside of a list', () => {
  expect(encodeAuditEvent(bare, { typed: false })).toBe('{"level":"Request","auditID":"id-1","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/shop/pods?limit=1\\u0026x=\\u003cy\\u003e","verb":"list","user":{},'
    + '"responseStatus":{"metadata":{},"code":200},"requestReceivedTimestamp":"2026-01-02T03:04:05.006789Z","stageTimestamp":"2026-01-02T03:04:05.007000Z"}');
});

test.each([
  ['all of it', event, 'id="id-1" stage="ResponseComplete" ip="10.0.0.1" method="list" user="jane" groups="\\"devs\\"" as="joe" asgroups="" user-agent="kubectl/v1" namespace="shop" uri="/api/v1/namespaces/shop/pods?limit=1&x=<y>" response="403"'],
  ['what is unknown', bare, 'id="id-1" stage="ResponseComplete" ip="<unknown>" method="list" user="<none>" groups="<none>" as="<self>" asgroups="<lookup>" user-agent="" namespace="<none>" uri="/api/v1/namespaces/shop/pods?limit=1&x=<y>" response="200"'],
])('legacyLine tells %s', (_what, given, line) => {
  expect(legacyLine(given)).toBe(`2026-01-02T03:04:05.006789Z AUDIT: ${line}`);
});
