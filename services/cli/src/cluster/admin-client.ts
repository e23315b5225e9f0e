import { readFileSync } from 'node:fs';
import { createClient, createHttpsTransport, type Client } from '@kubernode/client';
import { version } from '@kubernode/component-base';
import type { ClusterConfig } from './cluster-config.ts';
import type { Layout } from './layout.ts';

/** A client with the administrator's certificate, through the front. */
export function openAdminClient(layout: Layout, config: ClusterConfig): Client {
  const file = (name: string): Buffer => readFileSync(layout.pki(name));
  return createClient({
    transport: createHttpsTransport({ server: `https://127.0.0.1:${config.securePort}`, ca: file('ca.crt'), cert: file('admin.crt'), key: file('admin.key') }),
    userAgent: `kubernode-up/${version.kubernode}`,
  });
}
