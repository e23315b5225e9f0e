import { seededRng, type Clock, type Rng } from '@kubernode/base';
import { createClient, type Client, type RawRequest, type RawResponse, type Transport } from '@kubernode/client';
import { silentLogger, type RootLogger } from '@kubernode/component-base';
import { FakeEtcd } from '@kubernode/testing';
import { oneOf } from '../chance.ts';
import { History } from '../history/history.ts';
import { fenceFault } from '../invariants/fenced-writes.ts';
import { Disk } from './disk.ts';
import { Network } from './network.ts';
import { PlayedMetrics } from './played-metrics.ts';
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
  onWritten?(process: string, request: RawRequest, response: RawResponse): void;
  /** Changes requests on their way, for tests that show what a safeguard is good for. */
  tamper?(request: RawRequest): RawRequest;
}

/** What waits for a process at its so many-th write, of those whose paths match. */
export interface Ambush { writes: number; fate: 'kill' | 'freeze'; paths?: RegExp }

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
  /** etcd's. */
  readonly disk: Disk;
  readonly history: History;
  /** What pods use. */
  readonly metrics: PlayedMetrics;
  readonly servers: readonly SimulatedServer[];
  readonly components: readonly SimulatedComponent[];
  readonly users: SimulatedComponent;
  readonly #options: WorldOptions;
  /** By component: what happens to it at which of its next writes. */
  readonly #ambushes = new Map<string, Ambush>();

  constructor(options: WorldOptions) {
    const { seed, certDir, servers = 3, nodes = 3, paceMs = 20_000, logger = silentLogger, onViolation } = options;
    const { time } = this;
    this.#options = options;
    this.rng = seededRng(seed);
    const part = (): Rng => seededRng(Math.floor(this.rng.next() * 2 ** 32));
    this.network = new Network(time, part());
    this.disk = new Disk(time, part());
    this.etcd = new FakeEtcd({ clock: new SimulatedProcess('etcd', time).clock });
    this.history = new History(this.etcd, () => time.nowMs);
    this.metrics = new PlayedMetrics(this.history, new SimulatedProcess('metrics', time).clock.now);
    this.servers = indexes(servers).map((i) => new SimulatedServer({ name: `apiserver-${i}`, time, network: this.network, disk: this.disk, etcd: this.etcd, rng: part(), logger, certDir }));
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

  /** All faults that are under way and are no process' end. */
  heal(): void {
    this.network.healAll();
    this.disk.slowestMs = 0;
    this.etcd.resumeWatches();
    this.etcd.makeRoom();
  }

  /** Somebody who may do all, in a process of its own, which lives as long as the world. */
  visitor(name: string): { client: Client; clock: Clock } {
    const process = new SimulatedProcess(name, this.time);
    const { clock } = process;
    return { clock, client: createClient({ transport: this.#connect(process, { name, groups: ['system:masters'] }), userAgent: name, clock, rng: this.rng }) };
  }

  /**
   * With its so many-th write from now the component dies (before or just after the write leaves), or freezes: then the write stays somewhere
   * on its way and arrives when the component thaws, whether or not anybody still waits for it. Undefined takes it back.
   */
  ambush({ name }: SimulatedComponent, ambush: Ambush | undefined): void {
    if (ambush === undefined) this.#ambushes.delete(name); else this.#ambushes.set(name, ambush);
  }

  #connect(process: SimulatedProcess, user: { name: string; groups: readonly string[] }): Transport {
    const { network, servers, metrics } = this;
    const { onViolation, onWritten, tamper = unchanged } = this.#options;
    const isLeader = user.name === 'system:kube-controller-manager' || user.name === 'system:kube-scheduler';
    const transport = simulatedTransport({ process, network, servers, user, played: (request) => metrics.answer(request), onWritten: (request, response) => {
      onWritten?.(process.name, request, response);
      const fault = isLeader ? fenceFault(request, response, this.etcd) : undefined;
      if (fault !== undefined) onViolation(`${process.name}: ${fault}`);
    } });
    return { ...transport, call: (request) => this.#ambushed(process, request, (one) => transport.call(tamper(one))) };
  }

  async #ambushed<T>(process: SimulatedProcess, request: RawRequest, send: (request: RawRequest) => Promise<T>): Promise<T> {
    const ambush = this.#ambushes.get(process.name);
    if (ambush === undefined || request.method === 'GET' || ambush.paths?.test(request.path) === false) return send(request);
    if (--ambush.writes > 0) return send(request);
    this.#ambushes.delete(process.name);
    if (ambush.fate === 'freeze') {
      process.freeze();
      const { signal: _nobodyWaits, ...held } = request;
      await process.hear(Promise.resolve());
      return send(held);
    }
    const component = this.components.find(({ name }) => name === process.name);
    if (this.rng.next() < 0.5) { component?.kill(); return new Promise(() => undefined); }
    const sent = send(request);
    component?.kill(); // what it asked for happens, it never hears of it
    return sent;
  }
}

function unchanged(request: RawRequest): RawRequest { return request; }

function indexes(count: number): number[] { return Array.from({ length: count }, (_, i) => i); }
