import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { freePort, startEtcd, type EtcdProcess } from './etcd-process.ts';

/** A member of a cluster of etcd that can be cut off from its peers, while clients reach it as before. */
export interface EtcdClusterMember extends EtcdProcess {
  isolate(): void;
  rejoin(): void;
}

export interface EtcdCluster extends AsyncDisposable { readonly members: readonly EtcdClusterMember[]; readonly endpoints: readonly string[] }

/** Short, so that tests of elections are. */
const TIMING = ['--heartbeat-interval', '50', '--election-timeout', '500'];

/** Real etcds that form one cluster; between them stand proxies, which is where partitions are made. */
export async function startEtcdCluster(size = 3): Promise<EtcdCluster> {
  const names = Array.from({ length: size }, (_, index) => `m${index}`);
  const network = new PeerNetwork();
  const links = await Promise.all(names.map(async (name) => ({ name, peerPort: await freePort(), proxyPort: await network.open(name) })));
  const initial = links.map(({ name, proxyPort }) => `${name}=http://127.0.0.1:${proxyPort}`).join(',');
  const processes = await Promise.all(links.map(async ({ name, peerPort, proxyPort }) => {
    network.connect(name, peerPort);
    return startEtcd({ peerPort, args: ['--name', name, '--initial-cluster', initial, '--initial-advertise-peer-urls', `http://127.0.0.1:${proxyPort}`, ...TIMING] });
  }));
  await network.learnIds(processes.map(({ endpoint }, index) => ({ name: names[index] ?? '', endpoint })));
  return {
    members: processes.map((process, index) => ({ ...process, isolate: () => network.isolate(names[index] ?? ''), rejoin: () => network.rejoin(names[index] ?? '') })),
    endpoints: processes.map(({ endpoint }) => endpoint),
    async [Symbol.asyncDispose]() {
      for (const process of processes) process.thaw();
      await Promise.all(processes.map((process) => process[Symbol.asyncDispose]()));
      network.close();
    },
  };
}

interface Link { from: string | undefined; to: string; sockets: readonly Socket[] }

/** Between any two peers. etcd says in the head of each connection which member dials, so a proxy knows both ends. */
class PeerNetwork {
  readonly #servers: Server[] = [];
  readonly #targets = new Map<string, number>();
  readonly #nameOfId = new Map<string, string>();
  readonly #isolated = new Set<string>();
  readonly #links = new Set<Link>();

  /** The port under which others reach the member. */
  async open(to: string): Promise<number> {
    const server = createServer((socket) => this.#accept(to, socket));
    this.#servers.push(server);
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  connect(name: string, port: number): void { this.#targets.set(name, port); }

  async learnIds(members: readonly { name: string; endpoint: string }[]): Promise<void> {
    for (const { name, endpoint } of members) {
      const response = await fetch(`${endpoint}/v3/maintenance/status`, { method: 'POST', body: '{}' });
      const { header } = await response.json() as { header: { member_id: string } }; // etcd's own gateway
      this.#nameOfId.set(BigInt(header.member_id).toString(16), name);
    }
  }

  isolate(name: string): void {
    this.#isolated.add(name);
    for (const link of this.#links) if (this.#isCut(link)) for (const socket of link.sockets) socket.destroy();
  }

  rejoin(name: string): void { this.#isolated.delete(name); }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const { sockets } of this.#links) for (const socket of sockets) socket.destroy();
  }

  #accept(to: string, incoming: Socket): void {
    const outgoing = createConnection({ host: '127.0.0.1', port: this.#targets.get(to) ?? 0 });
    const link: Link = { from: undefined, to, sockets: [incoming, outgoing] };
    this.#links.add(link);
    const end = (): void => { incoming.destroy(); outgoing.destroy(); this.#links.delete(link); };
    for (const socket of link.sockets) socket.on('error', end).on('close', end);
    incoming.once('data', (head) => {
      link.from = /x-server-from: ([0-9a-f]+)/i.exec(head.toString('latin1'))?.[1];
      if (this.#isCut(link)) { end(); return; }
      outgoing.write(head);
      incoming.pipe(outgoing).pipe(incoming);
    });
  }

  #isCut({ from, to }: Link): boolean {
    return this.#isolated.has(to) || (from !== undefined && this.#isolated.has(this.#nameOfId.get(from) ?? ''));
  }
}
