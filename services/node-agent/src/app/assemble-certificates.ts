import { isIP } from 'node:net';
import type { Clock, Rng, TaskGroup } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import { nodeIdentity } from '../certificates/bootstrap.ts';
import { CertificateManager } from '../certificates/certificate-manager.ts';
import { createCertificateMetrics } from '../certificates/certificate-metrics.ts';
import { CertificateStore, type StoredCertificate } from '../certificates/certificate-store.ts';
import { CLIENT_SIGNER, SERVING_SIGNER } from '../certificates/request-certificate.ts';
import type { NodeFacts } from '../node/compute-node.ts';
import type { NodeConfig } from './node-config.ts';
import type { NodeConnection } from './node-connection.ts';

export interface CertificatesDeps {
  config: Pick<NodeConfig, 'certificates'>;
  facts: NodeFacts;
  client: Client;
  rotation: NodeConnection['rotation'];
  /** Serves with it from now on. */
  onServing: (certificate: StoredCertificate) => void;
  registry: Registry;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  group: TaskGroup;
}

/** Keeps the certificates of the node fresh, those that are its own care. */
export function startCertificates({ config: { certificates }, facts, client, rotation, onServing, registry, clock, rng, logger, group }: CertificatesDeps): void {
  const identity = nodeIdentity(facts.name);
  if (rotation !== undefined) {
    const manager = new CertificateManager({ client, clock, rng, logger, ...rotation, ask: { ...CLIENT_SIGNER, template: identity }, metrics: createCertificateMetrics(registry, 'client', clock) });
    group.spawn((signal) => manager.run(signal));
  }
  if (!certificates.rotateServer) return;
  const names = [facts.hostname, ...facts.ips];
  const template = { ...identity, dnsNames: names.filter((name) => isIP(name) === 0), ipAddresses: [...new Set(names.filter((name) => isIP(name) !== 0))] };
  const manager = new CertificateManager({
    client, clock, rng, logger, store: new CertificateStore({ dir: certificates.dir, name: 'kubelet-server', clock }), ask: { ...SERVING_SIGNER, template },
    onCertificate: onServing, metrics: createCertificateMetrics(registry, 'server', clock),
  });
  group.spawn((signal) => manager.run(signal));
}
