import { seededRng, type Rng } from '@kubernode/base';
import type { RawRequest, Transport } from '@kubernode/client';
import { silentLogger, type RootLogger } from '@kubernode/component-base';
import { FakeEtcd } from '@kubernode/testing';
import { History } from '../history/history.ts';
import { fenceFault } from '../invariants/fenced-writes.ts';
import { oneOf } from '../users/user-action.ts';
import { Network } from './network.ts';
import { managerProgram, nodeProgram, schedulerProgram, usersProgram } from './programs.ts';
import { SimulatedComponent, type SimulatedComponentOptions } from './simulated-component.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { SimulatedServer } from './simulated-server.ts';
import { simulatedTransport } from './simulated-transport.ts';
import { VirtualTime } from './virtual-time.ts';

export interface WorldOptions {
  seed: number;
  certDir: string;
  servers?: number;
  nodes?: number;
  /** Mean time between two actions of users, ms. */
  paceMs?: number;
  /** Of all processes; silent without. */
  logger?: RootLogger;
  /** Told of what must never be. */
  onViolation(what: string): void;
  /** Told of each write of a process that a server took. */
  onWritten?(process: string, request: RawRequest): void;
  /** Changes requests on their way, for tests that show what a safeguard is good for. */
  tamper?(request: RawRequest): RawRequest;
}

/** How leaders are elected: as by default, or with less haste. */
const ELECTIONS: readonly (readonly string[])[] = [
  [], ['--leader-elect-lease-duration=60s', '--leader-elect-renew-deadline=40s', '--leader-elect-retry-period=10s'], ['--leader-elect-lease-duration=120s', '--leader-elect-renew-deadline=80s', '--leader-elect-retry-period=30s'],
];

/** A whole cluster: etcd, API servers, two of each leader, nodes, and its users. */
export class World {
  readonly time: VirtualTime = new VirtualTime();
  readonly rng: Rng;
  readonly network: Network;
  readonly etcd: FakeEtcd;
  readonly history: History;
  readonly servers: readonly SimulatedServer[];
  readonly components: readonly SimulatedComponent[];
  readonly users: SimulatedComponent;
  readonly #options: WorldOptions;
  /** How many more requests a component sends before it dies. */
  readonly #deadlines = new Map<string, number>();

  constructor(options: WorldOptions) {
    const { seed, certDir, servers = 3, nodes = 3, paceMs = 20_000, logger = silentLogger, onViolation } = options;
    const { time } = this;
    this.#options = options;
    this.rng = seededRng(seed);
    const part = (): Rng => seededRng(Math.floor(this.rng.next() * 2 ** 32));
    this.network = new Network(time, part());
    this.etcd = new FakeEtcd({ clock: new SimulatedProcess('etcd', time).clock });
    this.history = new History(this.etcd, () => time.nowMs);
    this.servers = indexes(servers).map((i) => new SimulatedServer({ name: `apiserver-${i}`, time, network: this.network, etcd: this.etcd, rng: part(), logger, certDir }));
    const election = oneOf(this.rng, ELECTIONS);
    const component = (name: string, user: string, program: SimulatedComponentOptions['program'], groups: readonly string[] = []): SimulatedComponent => new SimulatedComponent({
      name, time, rng: part(), logger, program, connect: (process) => this.#connect(process, { name: user, groups }), onFailure: (failed, why) => { onViolation(`${failed} broke down: ${why}`); },
    });
    this.components = [
      ...indexes(2).map((i) => component(`controller-manager-${i}`, 'system:kube-controller-manager', managerProgram(election), ['system:masters'])), // else each controller's role would have to be bound first
      ...indexes(2).map((i) => component(`scheduler-${i}`, 'system:kube-scheduler', schedulerProgram(election))),
      ...indexes(nodes).map((i) => component(`node-${i}`, `system:node:node-${i}`, nodeProgram(i), ['system:nodes'])),
    ];
    this.users = component('users', 'admin', usersProgram(paceMs), ['system:masters']);
  }

  async start(): Promise<void> {
    for (const server of this.servers) await server.start();
    for (const component of this.components) component.start();
    this.users.start();
  }

  /** The servers as a process of its own reaches them, which lives as long as the world. */
  transport(name: string): Transport { return this.#connect(new SimulatedProcess(name, this.time), { name, groups: ['system:masters'] }); }

  /** The component dies when it has sent so many more requests: before or after the server has seen the last one. */
  killAtRequest({ name }: SimulatedComponent, requests: number | undefined): void {
    if (requests === undefined) this.#deadlines.delete(name); else this.#deadlines.set(name, requests);
  }

  #connect(process: SimulatedProcess, user: { name: string; groups: readonly string[] }): Transport {
    const { network, servers } = this;
    const { onViolation, onWritten, tamper = unchanged } = this.#options;
    const isLeader = user.name === 'system:kube-controller-manager' || user.name === 'system:kube-scheduler';
    const transport = simulatedTransport({ process, network, servers, user, onWritten: (request, response) => {
      onWritten?.(process.name, request);
      const fault = isLeader ? fenceFault(request, response, this.etcd) : undefined;
      if (fault !== undefined) onViolation(`${process.name}: ${fault}`);
    } });
    return { ...transport, call: (request) => this.#counted(process, request, () => transport.call(tamper(request))) };
  }

  async #counted<T>(process: SimulatedProcess, request: RawRequest, send: () => Promise<T>): Promise<T> {
    const left = this.#deadlines.get(process.name);
    if (left === undefined || request.method === 'GET') return send();
    this.#deadlines.set(process.name, left - 1);
    if (left > 1) return send();
    this.#deadlines.delete(process.name);
    const component = this.components.find(({ name }) => name === process.name);
    if (this.rng.next() < 0.5) { component?.kill(); return new Promise(() => undefined); }
    const sent = send();
    component?.kill(); // what it asked for happens, it never hears of it
    return sent;
  }
}

function unchanged(request: RawRequest): RawRequest { return request; }

function indexes(count: number): number[] { return Array.from({ length: count }, (_, i) => i); }
