import { createHmac, timingSafeEqual } from 'node:crypto';
import type { coreV1 } from '@kubernode/api';
import { createClient, createHttpsTransport } from '@kubernode/client';
import { UserError, version } from '@kubernode/component-base';
import { parse } from 'yaml';
import { CLUSTER_INFO } from '../cluster/cluster-info.ts';
import { authorityHashes } from '../tokens/join-information.ts';

/** How a machine knows the cluster that it is to join. */
export interface JoinCredentials { server: string; tokenId: string; tokenSecret: string; /** `sha256:…` of authorities' public keys; one must be among the cluster's. */ caHashes: readonly string[] }

/** What it then knows for certain. */
export interface DiscoveredCluster { server: string; /** PEM. */ ca: string }

/**
 * Reads the public cluster-info over a connection that is not to be trusted, and believes it when it is signed with the token and its authority is
 * one of the given: then reads it again from the server that this authority vouches for.
 */
export async function discoverCluster(credentials: JoinCredentials, signal: AbortSignal): Promise<DiscoveredCluster> {
  const ca = verifyClusterInfo(await readClusterInfo({ server: credentials.server, signal }), credentials);
  const again = verifyClusterInfo(await readClusterInfo({ server: credentials.server, ca, signal }), credentials);
  if (again !== ca) throw new UserError('cluster-info changed while it was read; join again');
  return { server: credentials.server, ca };
}

async function readClusterInfo({ server, ca, signal }: { server: string; ca?: string; signal: AbortSignal }): Promise<Readonly<Record<string, string>>> {
  const trust = ca === undefined ? { insecureSkipTlsVerify: true } : { ca: Buffer.from(ca) };
  const client = createClient({ transport: createHttpsTransport({ server, ...trust }), userAgent: `kubernode-join/${version.kubernode}` });
  try {
    const { status, body } = await client.request({ method: 'GET', path: `/api/v1/namespaces/${CLUSTER_INFO.namespace}/configmaps/${CLUSTER_INFO.name}`, signal });
    if (status !== 200) throw new UserError(`${server} has no cluster-info for machines that join (status ${status}); make a token there with 'kubernode token create'`);
    return (JSON.parse(body.toString()) as coreV1.ConfigMap).data ?? {}; // a ConfigMap by its path
  } finally { client.close(); }
}

/** The authority that cluster-info names, if the token's owner signed it and the given hashes have it. UserError otherwise. */
export function verifyClusterInfo(data: Readonly<Record<string, string>>, { tokenId, tokenSecret, caHashes }: Omit<JoinCredentials, 'server'>): string {
  const { kubeconfig } = data;
  const [header = '', between, signature = ''] = (data[`jws-kubeconfig-${tokenId}`] ?? '').split('.');
  if (kubeconfig === undefined || signature === '') throw new UserError(`the cluster does not know the token ${tokenId}, or it has expired`);
  const expected = createHmac('sha256', tokenSecret).update(`${header}.${Buffer.from(kubeconfig).toString('base64url')}`).digest();
  const given = Buffer.from(signature, 'base64url');
  const isSigned = between === '' && given.length === expected.length && timingSafeEqual(given, expected) && headerOf(header) === `HS256 ${tokenId}`;
  if (!isSigned) throw new UserError('cluster-info is not signed with this token: it is the wrong token, or this is not the cluster that it is of');
  const parsed = parse(kubeconfig) as { clusters?: readonly { cluster?: { 'certificate-authority-data'?: string } }[] } | null; // signed by the cluster
  const ca = Buffer.from(parsed?.clusters?.[0]?.cluster?.['certificate-authority-data'] ?? '', 'base64').toString();
  if (!authorityHashes(ca).some((hash) => caHashes.includes(hash))) throw new UserError("the cluster's authority is not the one of --ca-cert-hash");
  return ca;
}

function headerOf(text: string): string {
  try {
    const { alg, kid } = JSON.parse(Buffer.from(text, 'base64url').toString()) as { alg?: string; kid?: string }; // compared as texts
    return `${alg ?? ''} ${kid ?? ''}`;
  } catch { return ''; } // no JSON is no header
}
