import type { SubresourceFacts } from '@kubernode/api';
import { upperCamel } from './operation-names.ts';
import { answersWith, ANY_TYPE, OBJECT_TYPES, type HttpMethod, type Operation } from './operation.ts';
import { operation, patchOf, readQuery, WRITE_QUERY, type OperationContext } from './operation-context.ts';
import { schemaName, schemaNameOfKind } from './schema-name.ts';

/** Operations on the paths below an object: status, scale, exec, proxy, … */
export function subresourceOperations(context: OperationContext): Operation[] {
  return (context.resource.subresources ?? []).flatMap((subresource) => {
    const connect = CONNECT_QUERIES[subresource.kind];
    if (connect !== undefined) return connectOperations(context, subresource, connect);
    if (subresource.name === 'log') return [logOperation(context)];
    return objectOperations(context, subresource);
  });
}

function objectOperations(context: OperationContext, { name, verbs, group, version, kind }: SubresourceFacts): Operation[] {
  const { prefix, subject, collection, resource } = context;
  const path = `${collection}/{name}/${name}`;
  const schema = kind === resource.kind && group === resource.group ? schemaName(resource) : schemaNameOfKind({ group, version, kind }) ?? schemaName(resource);
  const object = { schema };
  const of = (verb: string): string => `${verb}${prefix}${subject}${upperCamel(name)}`;
  const about = { path, kind: { group, kind, version } };
  const operations: Record<string, () => Operation> = {
    get: () => operation(context, { ...about, method: 'get', id: of('read'), action: 'get', query: readQuery(resource), answers: answersWith(object, '200') }),
    update: () => operation(context, { ...about, method: 'put', id: of('replace'), action: 'put', query: WRITE_QUERY, body: { schema, required: true }, answers: answersWith(object, '200', '201') }),
    patch: () => operation(context, { ...patchOf(context, { path, id: of('patch'), content: object }), ...about }),
    create: () => operation(context, { ...about, method: 'post', id: of('create'), action: 'post', query: WRITE_QUERY, body: { schema, required: true }, answers: answersWith(object, '200', '201', '202') }),
  };
  return verbs.flatMap((verb) => operations[verb]?.() ?? []);
}

const LOG_QUERY = ['container', 'follow', 'insecureSkipTLSVerifyBackend', 'limitBytes', 'pretty', 'previous', 'sinceSeconds', 'stream', 'tailLines', 'timestamps'];

function logOperation(context: OperationContext): Operation {
  const { collection, prefix, subject } = context;
  return operation(context, { path: `${collection}/{name}/log`, method: 'get', id: `read${prefix}${subject}Log`, action: 'get', query: LOG_QUERY, produces: ['text/plain', ...OBJECT_TYPES], answers: answersWith('text', '200') });
}

/** Subresources that hand over the connection, by the kind of their options: what their query may say. */
const CONNECT_QUERIES: Readonly<Record<string, readonly string[]>> = {
  PodAttachOptions: ['container', 'stderr', 'stdin', 'stdout', 'tty'],
  PodExecOptions: ['command', 'container', 'stderr', 'stdin', 'stdout', 'tty'],
  PodPortForwardOptions: ['ports'],
  NodeProxyOptions: ['path'],
  PodProxyOptions: ['path'],
  ServiceProxyOptions: ['path'],
};
const STREAM_METHODS: readonly HttpMethod[] = ['get', 'post'];
const PROXY_METHODS: readonly HttpMethod[] = ['get', 'post', 'put', 'delete', 'patch', 'head', 'options'];

function connectOperations(context: OperationContext, { name, group, version, kind }: SubresourceFacts, query: readonly string[]): Operation[] {
  const { prefix, subject, collection } = context;
  const isProxy = name === 'proxy';
  const paths = [{ path: `${collection}/{name}/${name}`, suffix: '' }, ...(isProxy ? [{ path: `${collection}/{name}/${name}/{path}`, suffix: 'WithPath' }] : [])];
  return paths.flatMap(({ path, suffix }) => (isProxy ? PROXY_METHODS : STREAM_METHODS).map((method) => operation(context, {
    path, method, id: `connect${prefix}${upperCamel(method)}${subject}${upperCamel(name)}${suffix}`, action: 'connect', kind: { group, kind, version }, query,
    produces: ANY_TYPE, answers: answersWith('text', '200'),
  })));
}
