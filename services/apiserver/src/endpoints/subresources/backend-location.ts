import { isIP, BlockList } from 'node:net';
import type { coreV1 } from '@kubernode/api';
import type { Rng } from '@kubernode/base';
import { badRequest, internalErrorWithoutReason, notFound, serviceUnavailable, type KubeObject } from '@kubernode/apimachinery';
import { storeKey, type ServedResource } from '../../registry/served-resource.ts';
import type { NodeCredentials } from './backend-connection.ts';

export type Pod = coreV1.Pod & KubeObject;

export interface NodeConnection {
  /** Which of its addresses a node is reached by, best first. */
  addressTypes: readonly string[];
  readonly credentials: NodeCredentials;
}

/** What is needed to find out where pods, services and nodes listen. */
export interface LocationParts {
  pods: ServedResource;
  nodes: ServedResource;
  services: ServedResource;
  endpoints: ServedResource;
  connection: NodeConnection;
  rng: Rng;
}

/** A server that requests are passed on to. */
export interface Backend {
  scheme: 'http' | 'https';
  host: string;
  port: number;
  /** For node agents, who know this server by them; pods and services get none. */
  credentials?: NodeCredentials | undefined;
}

/** What a node agent listens on unless its node says otherwise. */
const NODE_PORT = 10_250;
const PORT_MAX = 65_535;

/** `name`, `name:port` or `scheme:name:port`; undefined for anything else. */
export function splitSchemeNamePort(id: string): { scheme: '' | 'http' | 'https'; name: string; port: string } | undefined {
  const parts = id.split(':');
  const [scheme = '', name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts];
  if (parts.length > 3 || name === '' || (scheme !== '' && scheme !== 'http' && scheme !== 'https')) return undefined;
  return { scheme, name, port };
}

function splitId(id: string, what: string): { scheme: 'http' | 'https'; name: string; port: string } {
  const split = splitSchemeNamePort(id);
  if (split === undefined) throw badRequest(`invalid ${what} request ${JSON.stringify(id)}`);
  return { ...split, scheme: split.scheme === 'https' ? 'https' : 'http' };
}

/** A pod's own server; without a port the first one that its containers name. */
export async function podBackend(namespace: string, id: string, { pods }: Pick<LocationParts, 'pods'>): Promise<Backend> {
  const { scheme, name, port } = splitId(id, 'pod');
  const pod = await findPod(namespace, name, pods);
  const { podIPs: [first] = [] } = pod.status ?? {};
  const host = first?.ip ?? '';
  if (!isProxyable(host)) throw badRequest('address not allowed');
  const named = pod.spec?.containers?.find(({ ports = [] }) => ports.length > 0)?.ports?.[0]?.containerPort;
  return { scheme, host, port: port === '' ? named ?? (scheme === 'https' ? 443 : 80) : portNumber(port) };
}

/** One of a service's ready endpoints that is a pod: others could be anything, the server's own network included. */
export async function serviceBackend(namespace: string, id: string, { services, endpoints, pods, rng }: LocationParts): Promise<Backend> {
  const { scheme, name, port } = splitId(id, 'service');
  const portName = /^[+-]?\d+$/.test(port) ? await portNameOf(Number(port), { namespace, name, services }) : port;
  const stored = await endpoints.storage.store.get(storeKey(endpoints.storage, namespace, name), { freshness: { kind: 'consistent' } });
  if (stored === undefined) throw notFound(services.storage, name);
  const { subsets } = stored.decode<coreV1.Endpoints & KubeObject>();
  if (subsets === undefined || subsets.length === 0) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  for (const subset of inTurn(subsets, rng)) {
    const found = subset.ports?.find((one) => (one.name ?? '') === portName);
    if (found === undefined) continue;
    for (const address of inTurn(subset.addresses ?? [], rng)) {
      if (await isPodsOwn(namespace, address, pods)) return { scheme, host: address.ip, port: found.port };
    }
  }
  throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(id)}`);
}

async function portNameOf(port: number, { namespace, name, services }: { namespace: string; name: string; services: ServedResource }): Promise<string> {
  const stored = await services.storage.store.get(storeKey(services.storage, namespace, name), { freshness: { kind: 'consistent' } });
  if (stored === undefined) throw notFound(services.storage, name);
  const found = stored.decode<coreV1.Service & KubeObject>().spec?.ports?.find((one) => one.port === port);
  if (found === undefined) throw serviceUnavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  return found.name ?? '';
}

/** All of a list, beginning anywhere, so that load spreads. */
function inTurn<T>(list: readonly T[], rng: Rng): T[] {
  const start = Math.floor(rng.next() * list.length);
  return [...list.slice(start), ...list.slice(0, start)];
}

async function isPodsOwn(namespace: string, { ip, targetRef }: coreV1.EndpointAddress, { storage }: ServedResource): Promise<boolean> {
  if (targetRef?.name === undefined || targetRef.namespace !== namespace) return false;
  const stored = await storage.store.get(storeKey(storage, namespace, targetRef.name), { freshness: { kind: 'consistent' } });
  return stored?.decode<Pod>().status?.podIPs?.some((one) => one.ip === ip) === true;
}

/** A node's agent, or another server on the node for another port. */
export async function nodeBackend(id: string, parts: LocationParts): Promise<Backend> {
  const split = splitSchemeNamePort(id);
  if (split === undefined) throw badRequest(`invalid node request ${JSON.stringify(id)}`);
  const agent = await nodeAgent(split.name, parts, 'nodes');
  if (isIP(agent.host) !== 0 && !isProxyable(agent.host)) throw badRequest('address not allowed');
  if (split.port === '' || split.port === String(agent.port)) return agent;
  return { scheme: split.scheme === 'https' ? 'https' : 'http', host: agent.host, port: portNumber(split.port) };
}

/** Where a node's agent listens. A node that is missing is told under the name of what was asked for. */
export async function nodeAgent(name: string, { nodes: { storage }, connection }: Pick<LocationParts, 'nodes' | 'connection'>, resource = 'pods'): Promise<Backend> {
  const stored = await storage.store.get(storeKey(storage, '', name), { freshness: { kind: 'consistent' } });
  if (stored === undefined) throw notFound({ group: '', resource }, name);
  const { status } = stored.decode<coreV1.Node & KubeObject>();
  const addresses = status?.addresses ?? [];
  for (const wanted of connection.addressTypes) {
    const host = addresses.find(({ type }) => type === wanted)?.address;
    if (host !== undefined) return { scheme: 'https', host, port: status?.daemonEndpoints?.kubeletEndpoint?.Port || NODE_PORT, credentials: connection.credentials }; // 0: it does not say
  }
  throw internalErrorWithoutReason(`no preferred addresses found; known addresses: [${addresses.map(({ type, address }) => `{${type} ${address}}`).join(' ')}]`);
}

export async function findPod(namespace: string, name: string, { storage }: ServedResource): Promise<Pod> {
  const stored = await storage.store.get(storeKey(storage, namespace, name), { freshness: { kind: 'consistent' } });
  if (stored === undefined) throw notFound(storage, name);
  return stored.decode<Pod>();
}

function portNumber(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : -1;
  if (port < 0 || port > PORT_MAX) throw serviceUnavailable(`error trying to reach service: dial tcp: address ${text}: invalid port`);
  return port;
}

/** Addresses that mean this host, its links or nobody in particular: through them a proxy would reach what its clients may not. */
const NOT_GLOBAL = new BlockList();
NOT_GLOBAL.addAddress('0.0.0.0');
NOT_GLOBAL.addAddress('255.255.255.255');
NOT_GLOBAL.addSubnet('127.0.0.0', 8);
NOT_GLOBAL.addSubnet('169.254.0.0', 16);
NOT_GLOBAL.addSubnet('224.0.0.0', 4);
NOT_GLOBAL.addAddress('::', 'ipv6');
NOT_GLOBAL.addAddress('::1', 'ipv6');
NOT_GLOBAL.addSubnet('fe80::', 10, 'ipv6');
NOT_GLOBAL.addSubnet('ff00::', 8, 'ipv6');

export function isProxyable(ip: string): boolean {
  const family = isIP(ip);
  return family !== 0 && !NOT_GLOBAL.check(ip, family === 6 ? 'ipv6' : 'ipv4');
}
