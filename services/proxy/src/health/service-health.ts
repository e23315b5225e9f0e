import { createServer, type Server } from 'node:http';
import { errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { RoutedPort } from '../topology/route-port.ts';

/** A service whose load balancer asks this node at a port of its own. */
export interface CheckedService { namespace: string; name: string; port: number; endpoints: number }

export interface ServiceHealthOptions {
  /** Where to listen: the wildcard, or the addresses of node ports. */
  addresses: readonly string[];
  isProxyHealthy: () => boolean;
  logger: Logger;
  /** Told of a port that cannot be had. */
  onFailure: (service: CheckedService, message: string) => void;
}

interface Open { service: CheckedService; servers: readonly Server[] }

/** Nothing but a line is asked for, so a client that is slow is no client. */
const TIMEOUT_MS = 5000;
const CONNECTIONS_MAX = 100;

/** The services of one family that are checked, by their names, with how many endpoints this node has. Pure. */
export function checkedServices(byService: ReadonlyMap<string, readonly RoutedPort[]>): ReadonlyMap<string, CheckedService> {
  const checked = new Map<string, CheckedService>();
  for (const [key, ports] of byService) {
    const [first] = ports;
    if (first === undefined || first.healthCheckNodePort === 0) continue;
    checked.set(key, { namespace: first.namespace, name: first.service, port: first.healthCheckNodePort, endpoints: Math.max(...ports.map((port) => port.localReadyCount)) });
  }
  return checked;
}

/** The servers at health check node ports: 200 where the node has endpoints of the service, else 503. */
export class ServiceHealth {
  readonly #options: ServiceHealthOptions;
  readonly #open = new Map<string, Open>();

  constructor(options: ServiceHealthOptions) { this.#options = options; }

  /** Opens, closes and updates until exactly these are served. */
  async sync(wanted: ReadonlyMap<string, CheckedService>): Promise<void> {
    for (const [key, { service, servers }] of this.#open) {
      if (wanted.get(key)?.port === service.port) continue;
      this.#open.delete(key);
      await closeAll(servers);
    }
    for (const [key, service] of wanted) {
      const open = this.#open.get(key);
      if (open) { open.service = service; continue; }
      try {
        const entry: Open = { service, servers: [] };
        entry.servers = await this.#listen(entry);
        this.#open.set(key, entry);
      } catch (error) {
        this.#options.logger.error('a health check port could not be opened', { service: key, port: service.port, error: errorMessage(error) });
        this.#options.onFailure(service, errorMessage(error));
      }
    }
  }

  async close(): Promise<void> {
    await this.sync(new Map());
  }

  async #listen(entry: Open): Promise<Server[]> {
    const servers: Server[] = [];
    try {
      for (const host of this.#options.addresses) servers.push(await listen(host, entry.service.port, () => this.#answer(entry.service)));
      return servers;
    } catch (error) {
      await closeAll(servers);
      throw error;
    }
  }

  #answer({ namespace, name, endpoints }: CheckedService): { status: number; endpoints: number; body: string } {
    const healthy = this.#options.isProxyHealthy();
    const body = `{\n\t"service": {\n\t\t"namespace": ${JSON.stringify(namespace)},\n\t\t"name": ${JSON.stringify(name)}\n\t},\n\t"localEndpoints": ${endpoints},\n\t"serviceProxyHealthy": ${healthy}\n}`;
    return { status: endpoints > 0 && healthy ? 200 : 503, endpoints, body };
  }
}

function listen(host: string, port: number, answer: () => { status: number; endpoints: number; body: string }): Promise<Server> {
  const server = createServer({ requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS, keepAliveTimeout: TIMEOUT_MS }, (_request, response) => {
    const { status, endpoints, body } = answer();
    response.writeHead(status, { 'content-type': 'application/json', 'x-content-type-options': 'nosniff', 'x-load-balancing-endpoint-weight': String(endpoints) }).end(body);
  });
  server.maxConnections = CONNECTIONS_MAX;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ipv6Only: host.includes(':') }, () => { server.off('error', reject); resolve(server); });
  });
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  })));
}
