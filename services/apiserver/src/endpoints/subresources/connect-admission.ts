import { badRequest, type KubeObject } from '@kubernode/apimachinery';
import { isTrue } from '../../filters/request-info.ts';
import type { ApiRequest, RequestContext } from '../../pipeline/api-request.ts';
import type { Admission } from '../../registry/write/write-request.ts';
import { unstoredAttributes } from '../unstored-request.ts';

/** What a connection is asked for with, as the kinds of options name it. */
export interface ConnectOptions {
  stdin?: boolean;
  stdout?: boolean;
  stderr?: boolean;
  tty?: boolean;
  container?: string;
  command?: readonly string[];
  ports?: readonly number[];
  path?: string;
}

type StreamKind = 'PodExecOptions' | 'PodAttachOptions' | 'PodPortForwardOptions';
type ProxyKind = 'PodProxyOptions' | 'ServiceProxyOptions' | 'NodeProxyOptions';

/** Lets admission judge, and change, with what options somebody connects to something; what it makes of them is what counts. Nothing is stored. */
export async function admitConnection(admission: Admission, { kind, options }: { kind: StreamKind | ProxyKind; options: ConnectOptions }, request: Pick<ApiRequest, 'signal'>, context: RequestContext): Promise<ConnectOptions> {
  const object = { kind, apiVersion: 'v1', ...options } as unknown as KubeObject; // options have no metadata
  const attributes = unstoredAttributes(request, context, { operation: 'CONNECT', kind: { group: '', version: 'v1', kind }, object, dryRun: false, options: {} });
  await admission.admit(attributes);
  await admission.validate(attributes);
  return object as ConnectOptions; // of the kind that it began as
}

/** Options of streams, from the query. @throws StatusError 400 for ports that are none. */
export function streamOptions(kind: StreamKind, query: URLSearchParams): ConnectOptions {
  if (kind === 'PodPortForwardOptions') {
    const ports = query.getAll('ports').flatMap((some) => some.split(',').map(portOf));
    return ports.length > 0 ? { ports } : {};
  }
  const container = query.get('container') ?? '';
  const command = query.getAll('command');
  return { ...flags(query), ...(container !== '' && { container }), ...(kind === 'PodExecOptions' && command.length > 0 && { command }) };
}

const PORT_MAX = 65_535;

function portOf(text: string): number {
  if (!/^\d+$/.test(text)) throw badRequest(`cannot convert to []int32: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (Number(text) > PORT_MAX) throw badRequest(`cannot convert to []int32: strconv.ParseUint: parsing ${JSON.stringify(text)}: value out of range`);
  return Number(text);
}

function flags(query: URLSearchParams): Record<string, true> {
  return Object.fromEntries(['stdin', 'stdout', 'stderr', 'tty'].filter((name) => isTrue(query.get(name))).map((name) => [name, true]));
}
