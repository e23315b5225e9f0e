import type { KubeObject } from '@kubernode/apimachinery';
import { isTrue } from '../../filters/request-info.ts';
import type { RequestContext } from '../../pipeline/api-request.ts';
import type { Admission } from '../../registry/write/write-request.ts';

type OptionsKind = 'PodExecOptions' | 'PodAttachOptions' | 'PodPortForwardOptions' | 'PodProxyOptions' | 'ServiceProxyOptions' | 'NodeProxyOptions';

/** Lets admission judge that somebody connects to something. What it is told is the options of the connection; nothing is stored. */
export async function admitConnection(admission: Admission, kind: OptionsKind, { query, path }: { query: URLSearchParams; path?: string }, { info, user, warnings, auditAnnotations, deadline }: RequestContext): Promise<void> {
  const object = { kind, apiVersion: 'v1', ...(path === undefined ? streamOptions(kind, query) : { ...(path !== '' && { path }) }) } as unknown as KubeObject; // options have no metadata
  const attributes = {
    operation: 'CONNECT' as const, user, group: info.group, version: info.version, resource: info.resource, subresource: info.subresource, kind: { group: '', version: 'v1', kind },
    namespace: info.namespace, name: info.name, object, oldObject: undefined, dryRun: false, options: {}, expiresAtMs: deadline?.expiresAtMs,
    warn: (text: string) => { warnings.push(text); }, annotate: (key: string, value: string) => { auditAnnotations[key] = value; },
  };
  await admission.admit(attributes);
  await admission.validate(attributes);
}

function streamOptions(kind: OptionsKind, query: URLSearchParams): Record<string, unknown> {
  if (kind === 'PodPortForwardOptions') {
    const ports = query.getAll('ports').map(Number);
    return ports.length > 0 ? { ports } : {};
  }
  const container = query.get('container') ?? '';
  const command = query.getAll('command');
  return { ...flags(query), ...(container !== '' && { container }), ...(kind === 'PodExecOptions' && command.length > 0 && { command }) };
}

function flags(query: URLSearchParams): Record<string, true> {
  return Object.fromEntries(['stdin', 'stdout', 'stderr', 'tty'].filter((name) => isTrue(query.get(name))).map((name) => [name, true]));
}
