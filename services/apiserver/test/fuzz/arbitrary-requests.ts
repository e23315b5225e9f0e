import fc from 'fast-check';

export interface FuzzedRequest { method: string; path: string; headers: Readonly<Record<string, string>>; body: Buffer | undefined }

/** Words that mean something to JavaScript, paths, Kubernetes or its parsers, besides any text at all. */
const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '.', '..', '', ' ', '*', 'null', 'true', '0', '-1', '1e400', '\u0000', '\ud800', '%', '$patch', 'a'.repeat(300), '99999999999999999999', '2020-01-01T00:00:00Z', 'a/b', 'x=y', '😀', '\u202e') },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ maxLength: 8 }) },
);
const name = fc.oneof({ weight: 5, arbitrary: fc.constantFrom('a', 'b', 'c', 'default') }, { weight: 1, arbitrary: text });

const key = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('metadata', 'spec', 'status', 'data', 'name', 'labels', 'annotations', 'kind', 'apiVersion', 'containers', 'template', 'selector', 'matchLabels', 'ports', 'items', 'op', 'path', 'value', 'managedFields', 'ownerReferences', 'finalizers', 'resourceVersion', '$patch', '$retainKeys', '$setElementOrder/containers', '$deleteFromPrimitiveList/finalizers') },
  { weight: 1, arbitrary: text },
);

/** JSON as text, so that keys may stand twice and __proto__ is one of them. */
const { json } = fc.letrec<{ json: string; object: string }>((tie) => ({
  json: fc.oneof({ maxDepth: 4, depthSize: 'small' }, text.map((one) => JSON.stringify(one)), fc.constantFrom('0', '-1', '1.5', '1e2', '9007199254740993', '1e999', 'true', 'false', 'null', '""', '[]', '{}'), fc.array(tie('json'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`), tie('object')),
  object: fc.array(fc.tuple(key, tie('json')), { maxLength: 4 }).map((entries) => `{${entries.map(([one, value]) => `${JSON.stringify(one)}:${value}`).join(',')}}`),
}));
const RESOURCES: Readonly<Record<string, string>> = {
  '/api/v1/namespaces/fuzz/configmaps': '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","labels":{"l":"m"}},"data":{"k":"v"}}',
  '/api/v1/namespaces/fuzz/secrets': '{"metadata":{"name":"a"},"type":"Opaque","stringData":{"k":"v"}}',
  '/api/v1/namespaces/fuzz/pods': '{"metadata":{"name":"a"},"spec":{"containers":[{"name":"c","image":"i","ports":[{"containerPort":80}],"env":[{"name":"e","value":"v"}]}],"tolerations":[{"key":"t"}]}}',
  '/api/v1/namespaces/fuzz/services': '{"metadata":{"name":"a"},"spec":{"selector":{"a":"b"},"ports":[{"name":"http","port":80,"targetPort":"web"}]}}',
  '/api/v1/nodes': '{"metadata":{"name":"a"},"spec":{"taints":[{"key":"k","effect":"NoSchedule"}]}}',
  '/apis/apps/v1/namespaces/fuzz/deployments': '{"metadata":{"name":"a"},"spec":{"replicas":1,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}',
  '/apis/batch/v1/namespaces/fuzz/jobs': '{"metadata":{"name":"a"},"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}}',
  '/apis/batch/v1/namespaces/fuzz/cronjobs': '{"metadata":{"name":"a"},"spec":{"schedule":"* * * * *","jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}}}}',
  '/apis/networking.k8s.io/v1/namespaces/fuzz/ingresses': '{"metadata":{"name":"a"},"spec":{"defaultBackend":{"service":{"name":"s","port":{"number":80}}}}}',
  '/apis/rbac.authorization.k8s.io/v1/namespaces/fuzz/roles': '{"metadata":{"name":"a"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]}',
  '/apis/autoscaling/v1/namespaces/fuzz/horizontalpodautoscalers': '{"metadata":{"name":"a"},"spec":{"maxReplicas":2,"scaleTargetRef":{"kind":"Deployment","name":"a"}}}',
  '/apis/coordination.k8s.io/v1/namespaces/fuzz/leases': '{"metadata":{"name":"a"},"spec":{"holderIdentity":"h"}}',
  '/apis/storage.k8s.io/v1/storageclasses': '{"metadata":{"name":"a"},"provisioner":"p"}',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions': '{"metadata":{"name":"a.b.c"},"spec":{"group":"b.c","scope":"Namespaced","names":{"plural":"a","kind":"A"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}',
  '/apis/authorization.k8s.io/v1/subjectaccessreviews': '{"spec":{"user":"u","resourceAttributes":{"verb":"get","resource":"pods"}}}',
  '/apis/authentication.k8s.io/v1/tokenreviews': '{"spec":{"token":"t"}}',
};
const collection = fc.constantFrom(...Object.keys(RESOURCES));

/** An object of the collection's kind with one value, key or stretch of its text replaced. */
function bodyFor(path: string): fc.Arbitrary<string> {
  const template = Object.entries(RESOURCES).find(([prefix]) => path.startsWith(prefix))?.[1] ?? '{}';
  const values = [...template.matchAll(/(?<=:)("[^"]*"|\d+|\{\}|\[[^\]]*\])/g)];
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(template) },
    { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...(values.length > 0 ? values : [...template.matchAll(/^/g)])), json).map(([match, value]) => template.slice(0, match.index) + value + template.slice(match.index + match[0].length)) },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...[...template.matchAll(/\{/g)].map(({ index }) => index)), key, json).map(([index, one, value]) => `${template.slice(0, index + 1)}${JSON.stringify(one)}:${value},${template.slice(index + 1)}`.replace(/,\}/g, '}')) },
    { weight: 1, arbitrary: fc.tuple(fc.nat(template.length), fc.nat(8), fc.string({ unit: 'binary', maxLength: 4 })).map(([at, length, inserted]) => template.slice(0, at) + inserted + template.slice(at + length)) },
    { weight: 1, arbitrary: json },
    { weight: 1, arbitrary: fc.constantFrom('', 'null', '[', '['.repeat(2000), `{"a":`.repeat(2000), 'a: &a [*a]', 'a: b: c', '%YAML 1.1\n---\nmetadata: {name: y}', '- - - -', '? [a]\n: b', '\ufeff{}') },
  );
}

const pointer = fc.array(fc.oneof(key, fc.constantFrom('0', '-', '-1', '~', '~0', '~1', '01')), { maxLength: 4 }).map((parts) => parts.map((part) => `/${part}`).join(''));
const jsonPatch = fc.array(fc.tuple(fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'nope'), pointer, pointer, json), { maxLength: 3 })
  .map((operations) => `[${operations.map(([op, path, from, value]) => `{"op":"${op}","path":${JSON.stringify(path)},"from":${JSON.stringify(from)},"value":${value}}`).join(',')}]`);
const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml', 'application/json'];

const queryPair = fc.tuple(
  fc.constantFrom('labelSelector', 'fieldSelector', 'limit', 'continue', 'resourceVersion', 'resourceVersionMatch', 'watch', 'allowWatchBookmarks', 'sendInitialEvents', 'timeoutSeconds', 'dryRun', 'fieldManager', 'fieldValidation', 'force', 'pretty', 'gracePeriodSeconds', 'propagationPolicy', 'orphanDependents', 'timeout', 'export', 'includeObject', 'container', 'tailLines', 'sinceTime', 'previous', 'command', 'ports', 'path'),
  fc.oneof({ weight: 2, arbitrary: fc.constantFrom('true', '1', '0', 'All', 'Strict', 'Foreground', 'a=b', 'a in (b,c)', '!a', 'metadata.name=a', 'spec.nodeName=', 'Exact', 'NotOlderThan', 'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0', '5s', 'Object') }, text),
).map(([one, value]) => `${one}=${encodeURIComponent(Buffer.from(value).toString())}`);
const query = fc.oneof({ weight: 5, arbitrary: fc.constant('') }, { weight: 2, arbitrary: fc.array(queryPair, { minLength: 1, maxLength: 3 }).map((pairs) => `?${pairs.join('&')}`) }, { weight: 1, arbitrary: fc.constantFrom('?', '?%', '?%zz=1', '?a=%ff', '?;', '?=', '?&&', '?__proto__=1&constructor=2') });

const subresource = fc.oneof({ weight: 6, arbitrary: fc.constant('') }, { weight: 3, arbitrary: fc.constantFrom('/status', '/scale', '/log', '/exec', '/attach', '/portforward', '/eviction', '/binding', '/proxy', '/proxy/', '/proxy/x', '/ephemeralcontainers', '/resize', '/token', '/approval', '/finalize', '/nope', '/', '//') });
/** Half a pair of surrogates has no escape. */
const escaped = (part: string): string => encodeURIComponent(Buffer.from(part).toString());
const path = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(collection, name, subresource, query).map(([one, object, sub, search]) => `${one}/${escaped(object)}${sub}${search}`) },
  { weight: 3, arbitrary: fc.tuple(collection, query).map(([one, search]) => one + search) },
  { weight: 2, arbitrary: fc.tuple(fc.array(fc.oneof(fc.constantFrom('api', 'apis', 'v1', 'namespaces', 'watch', 'proxy', 'pods', 'apps', 'openapi', 'v2', 'v3', 'healthz', 'livez', 'metrics', 'version', '.well-known', 'openid', 'debug', 'logs'), text), { maxLength: 6 }), query).map(([parts, search]) => `/${parts.map(escaped).join('/')}${search}`) },
  { weight: 1, arbitrary: fc.constantFrom('/', '//', '/%', '/%zz', '/api/v1/namespaces/fuzz/configmaps/%ff', '/api/../api', '*', '/api/v1/watch', '/apis//v1', '/api/v1/namespaces//pods', '/api/v1/namespaces/__proto__/pods') },
);

const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const header = fc.tuple(
  fc.constantFrom('accept', 'accept-encoding', 'user-agent', 'if-none-match', 'x-http-method-override', 'x-forwarded-for', 'x-remote-user', 'impersonate-user', 'impersonate-group', 'impersonate-extra-__proto__', 'impersonate-uid', 'origin', 'range', 'expect-ct', 'cookie', 'traceparent', 'audit-id'),
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom('application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/json;as=Table;g=meta.k8s.io;v=v1', 'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1', 'application/json;stream=watch', '*/*', 'text/html', 'gzip', 'curl/8', 'application/json;__proto__=1;q=x', ',;,=', '"') }, text.filter((one) => HEADER_VALUE.test(one)).map((one) => one.trim())),
);
const contentType = fc.oneof({ weight: 6, arbitrary: fc.constant('application/json') }, { weight: 2, arbitrary: fc.constantFrom('application/yaml', 'application/vnd.kubernetes.protobuf', 'text/plain', 'application/json; charset=utf-8', ';', 'application/cbor') });

/** Anything that a client could send over HTTP, mostly near enough to what is right to get far. */
export const fuzzedRequest: fc.Arbitrary<FuzzedRequest> = fc.tuple(fc.constantFrom('GET', 'GET', 'POST', 'POST', 'PUT', 'PUT', 'PATCH', 'PATCH', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'), path, fc.array(header, { maxLength: 2 })).chain(([method, target, pairs]) => {
  const headers = Object.fromEntries(pairs);
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return fc.constant({ method, path: target, headers, body: undefined });
  if (method !== 'PATCH') return fc.tuple(bodyFor(target), contentType).map(([body, type]) => requestOf(method, target, { ...headers, 'content-type': type }, body));
  return fc.constantFrom(...PATCH_TYPES).chain((type) => (type === 'application/json-patch+json' ? fc.oneof(jsonPatch, json) : bodyFor(target))
    .map((body) => requestOf(method, type.includes('apply') ? withManager(target) : target, { ...headers, 'content-type': type }, body)));
});

function requestOf(method: string, target: string, headers: Readonly<Record<string, string>>, body: string): FuzzedRequest {
  const bytes = Buffer.from(body);
  return { method, path: target, headers: { ...headers, 'content-length': String(bytes.length) }, body: bytes };
}

function withManager(target: string): string {
  return `${target}${target.includes('?') ? '&' : '?'}fieldManager=fuzz`;
}

/** A request as bytes, some of them replaced, left out or doubled; or no request at all. */
export function fuzzedBytes(token: string): fc.Arbitrary<Buffer> {
  const valid = Buffer.from(`POST /api/v1/namespaces/fuzz/configmaps?dryRun=All HTTP/1.1\r\nHost: fuzz\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1b\r\n{"metadata":{"name":"wire"}}\r\n0\r\n\r\nGET /readyz HTTP/1.1\r\nHost: fuzz\r\nConnection: close\r\n\r\n`);
  return fc.oneof(
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.constantFrom('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', '\r\n\r\n\r\n', 'GET /api HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n', `GET /${'a'.repeat(70_000)} HTTP/1.1\r\nHost: a\r\n\r\n`).map((bytes) => Buffer.from(bytes)) },
    { weight: 5, arbitrary: fc.tuple(fc.nat(valid.length), fc.nat(30), fc.uint8Array({ maxLength: 10 })).map(([at, length, bytes]) => Buffer.concat([valid.subarray(0, at), bytes, valid.subarray(at + length)])) },
    { weight: 2, arbitrary: fc.nat(valid.length).map((length) => valid.subarray(0, length)) },
  );
}
