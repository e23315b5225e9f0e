import { X509Certificate } from 'node:crypto';
import { encodeYaml } from '@kubernode/apimachinery';
import { type Clock, errorMessage, exponentialBackoff, type Rng } from '@kubernode/base';
import { type Client, loadKubeconfig } from '@kubernode/client';
import { type Logger, replaceFile } from '@kubernode/component-base';
import type { CertificateStore } from './certificate-store.ts';
import { CLIENT_SIGNER, requestCertificate } from './request-certificate.ts';
import type { CertificateTemplate } from './rotation-deadline.ts';

export interface BootstrapDeps {
  /** The kubeconfig that is to be, and the one by which it is come by. */
  kubeconfig: string;
  bootstrapKubeconfig: string;
  nodeName: string;
  store: CertificateStore;
  /** By the credentials of a kubeconfig. */
  connectBy: (kubeconfig: string) => Client;
  clock: Clock;
  rng: Rng;
  logger: Logger;
}

const RETRY = { initialMs: 1000, maxMs: 32_000 };

/** Joins the cluster: unless the kubeconfig has a certificate that is still valid, asks for one by the bootstrap credentials and writes both. */
export async function bootstrap({ kubeconfig, bootstrapKubeconfig, nodeName, store, connectBy, clock, rng, logger }: BootstrapDeps, signal: AbortSignal): Promise<void> {
  if (hasValidCertificate(kubeconfig, clock.now())) return;
  logger.info('asking for a client certificate by the bootstrap kubeconfig', { node: nodeName });
  const client = connectBy(bootstrapKubeconfig);
  const backoff = exponentialBackoff({ ...RETRY, rng });
  try {
    for (;;) {
      try {
        await store.update(await requestCertificate({ client, clock }, { ...CLIENT_SIGNER, template: nodeIdentity(nodeName) }, signal));
        break;
      } catch (error) {
        if (signal.aborted) throw error;
        logger.warn('cannot get a client certificate', { error: errorMessage(error) });
        await clock.sleep(backoff.next(), { signal });
      }
    }
  } finally { client.close(); }
  await writeKubeconfig(kubeconfig, { from: bootstrapKubeconfig, certificate: store.currentPath });
}

/** Who a node is to the API server. */
export function nodeIdentity(nodeName: string): CertificateTemplate {
  return { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'], dnsNames: [], ipAddresses: [] };
}

function hasValidCertificate(kubeconfig: string, nowMs: number): boolean {
  try {
    const { cert, key } = loadKubeconfig(kubeconfig).connection;
    return cert !== undefined && key !== undefined && Date.parse(new X509Certificate(cert).validTo) > nowMs;
  } catch { return false; } // not there yet, or not usable: another is made
}

/** The cluster as the bootstrap kubeconfig names it, with the certificate where it is kept: a rotated one needs no other file. */
async function writeKubeconfig(file: string, { from, certificate }: { from: string; certificate: string }): Promise<void> {
  const { server, ca, insecureSkipTlsVerify, tlsServerName } = loadKubeconfig(from).connection;
  const config = {
    apiVersion: 'v1', kind: 'Config',
    clusters: [{
      name: 'default-cluster',
      cluster: { server, ...(ca !== undefined && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }), ...(insecureSkipTlsVerify === true && { 'insecure-skip-tls-verify': true }), ...(tlsServerName !== undefined && { 'tls-server-name': tlsServerName }) },
    }],
    users: [{ name: 'default-auth', user: { 'client-certificate': certificate, 'client-key': certificate } }],
    contexts: [{ name: 'default-context', context: { cluster: 'default-cluster', user: 'default-auth', namespace: 'default' } }],
    'current-context': 'default-context',
  };
  await replaceFile(file, encodeYaml(config), { mode: 0o600 });
}
