import { startEmbeddedServer, type EmbeddedServer } from '@kubernode/apiserver';
import { seededRng, type Rng } from '@kubernode/base';
import { TransportError } from '@kubernode/client';
import type { RootLogger } from '@kubernode/component-base';
import type { EtcdClient } from '@kubernode/rpc';
import type { Disk } from './disk.ts';
import { etcdLink } from './etcd-link.ts';
import type { Network } from './network.ts';
import { SimulatedProcess } from './simulated-process.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface SimulatedServerOptions { name: string; time: VirtualTime; network: Network; disk: Disk; etcd: EtcdClient; rng: Rng; logger: RootLogger; /** Where the replicas' common key is. */ certDir: string }

/** One API server replica: its runs, one after the other. */
export class SimulatedServer {
  readonly name: string;
  readonly #options: SimulatedServerOptions;
  #run: { process: SimulatedProcess; server: EmbeddedServer } | undefined;

  constructor(options: SimulatedServerOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get isUp(): boolean { return this.#run !== undefined; }
  get process(): SimulatedProcess | undefined { return this.#run?.process; }

  async start(): Promise<void> {
    const { name, time, network, disk, etcd, rng, logger, certDir } = this.#options;
    if (this.#run !== undefined) return;
    const process = new SimulatedProcess(name, time);
    const server = await startEmbeddedServer({
      etcd: etcdLink(etcd, process, { network, disk }), clock: process.clock, rng: seededRng(Math.floor(rng.next() * 2 ** 32)), logger,
      flags: [`--cert-dir=${certDir}`, '--authorization-mode=Node,RBAC', '--service-cluster-ip-range=10.96.0.0/12', '--etcd-compaction-interval=5m'],
    });
    this.#run = { process, server };
  }

  kill(): void {
    const run = this.#run;
    this.#run = undefined;
    run?.process.kill();
  }

  /** Something that the server does for a client. A server that dies meanwhile breaks the connection. */
  during<T>(act: (server: EmbeddedServer) => Promise<T>): Promise<T> {
    const run = this.#run;
    if (run === undefined) return Promise.reject(new TransportError(`${this.name} refuses connections`, { maybeSent: false }));
    return new Promise((resolve, reject) => {
      const death = run.process.onDeath(() => { reject(new TransportError(`${this.name} is gone`, { maybeSent: true })); });
      act(run.server).then(resolve, reject).finally(() => { death[Symbol.dispose](); });
    });
  }
}
