import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rbacV1Resources, resourceOfKind } from '@kubernode/api';
import { parseApiVersion, type KubeObject } from '@kubernode/apimachinery';
import { addons, controllerBindings, findCniBinDir, findProgram, hostLacksSysResource, renderContainerdConfig, renderHaproxyConfig, resolveConfig, writeStandardImages, type GivenClusterOptions } from '@kubernode/cli';
import { createClient, createHttpsTransport, type Client } from '@kubernode/client';
import { root } from '../../framework/cluster.ts';
import { eventually } from '../../framework/run.ts';
import type { Backend } from './backend.ts';
import { prepareCertificates, replicaGroup } from './cluster-certificates.ts';
import { attempt, must } from './host-programs.ts';
import { placesBelow, ports, processesOf, type MachineProcess, type Places, type PlanContext } from './machine-plan.ts';
import { answers } from './probe.ts';
import { machineNamed, machinesOf, planMachines, type Machine, type Role, type Sizes, type Topology } from './topology.ts';

export interface ChaosClusterOptions {
  /** Of everything that is made on the host. */
  readonly prefix: string;
  /** First three numbers of the machines' network. */
  readonly subnet: string;
  readonly sizes: Sizes;
  readonly backend: (given: { prefix: string; topology: Topology; places: Places }) => Backend;
}

/** Size of etcd-0's disk, which a fault may fill: room for what an hour of the workload leaves between two compactions. */
const SMALL_DISK = '2g';
const READY_MS = 120_000;

/** A cluster of machines: starts and ends as a whole, and lets faults at its parts. */
export class ChaosCluster implements AsyncDisposable {
  readonly topology: Topology;
  readonly places: Places;
  readonly backend: Backend;
  readonly #plan: PlanContext;
  #client: Client | undefined;

  constructor({ prefix, subnet, sizes, backend }: ChaosClusterOptions) {
    this.topology = planMachines(subnet, sizes);
    this.places = placesBelow(mkdtempSync(path.join(tmpdir(), `${prefix}-`)));
    this.backend = backend({ prefix, topology: this.topology, places: this.places });
    const program = (name: string): string => findProgram(name, process.env['PATH']) ?? name;
    this.#plan = {
      topology: this.topology, places: this.places, clusterCidr: '10.219.0.0/16', serviceCidr: '10.96.0.0/12', cgroupRoot: (machine) => this.backend.cgroupRoot(machine),
      programs: { kubernode: path.join(root, 'bin/kubernode'), etcd: program('etcd'), haproxy: program('haproxy'), containerd: program('containerd'), cniBinDir: findCniBinDir() ?? '/opt/cni/bin', turnableClock: path.join(import.meta.dirname, 'turnable-clock.mjs') },
    };
  }

  machine(name: string): Machine { return machineNamed(this.topology, name); }
  machines(role: Role): readonly Machine[] { return machinesOf(this.topology, role); }

  /** Brings everything up, in the order in which one needs the other. */
  async up(): Promise<void> {
    await this.#prepareFiles();
    await this.backend.prepare();
    await this.start(...this.machines('etcd'));
    await Promise.all([...this.machines('apiserver'), ...this.machines('load-balancer')].map((machine) => this.start(machine)));
    await this.#writeAddons();
    await this.start(...this.machines('scheduler'), ...this.machines('controller-manager'), ...this.machines('node'));
    await Promise.all(this.machines('node').map((machine) => this.#importImages(machine)));
  }

  /** Starts machines and waits until each of their processes serves. */
  async start(...machines: readonly Machine[]): Promise<void> {
    await Promise.all(machines.map(async (machine) => { await this.backend.start(machine, this.processesOf(machine)); await this.untilServing(machine); }));
  }

  /** Starts one process of a machine again that ended alone. */
  async restartProcess(machine: Machine, name: string): Promise<void> {
    await this.backend.restart(machine, this.processesOf(machine).filter((one) => one.name === name));
    await this.untilServing(machine);
  }

  async untilServing(machine: Machine): Promise<void> {
    for (const { name, ready } of this.processesOf(machine)) await eventually(`${machine.name}'s ${name} to serve`, () => answers(ready), READY_MS);
  }

  /** Every machine that does not serve, as it should whenever no fault is under way. */
  async silentMachines(): Promise<readonly string[]> {
    const looked = await Promise.allSettled(this.topology.machines.map((machine) => this.untilServing(machine)));
    return looked.flatMap((one) => one.status === 'rejected' ? [String(one.reason)] : []);
  }

  processesOf(machine: Machine): readonly MachineProcess[] { return processesOf(machine, this.#plan); }

  /** With the administrator's certificate, through the load balancer. */
  get client(): Client {
    this.#client ??= createClient({ transport: createHttpsTransport({ server: `https://${this.machines('load-balancer')[0]?.address}:${ports.https}`, ca: this.#file('ca.crt'), cert: this.#file('admin.crt'), key: this.#file('admin.key') }), userAgent: 'chaos' });
    return this.#client;
  }

  get credentials(): { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer } { return { ca: this.#file('ca.crt'), cert: this.#file('admin.crt'), key: this.#file('admin.key') }; }

  /** Writes objects through the load balancer, and again while it cuts connections: on a busy machine its checks may fail. */
  async apply(...objects: readonly KubeObject[]): Promise<void> {
    for (const object of objects) {
      const facts = resourceOfKind({ ...parseApiVersion(object.apiVersion), kind: object.kind });
      if (!facts) throw new Error(`broken invariant: ${object.kind} is no built-in kind`);
      const target = { name: object.metadata.name, namespace: object.metadata.namespace };
      await eventually(`${object.kind} ${object.metadata.name}`, () => this.client.patch(facts, target, { type: 'apply', body: object, fieldManager: 'chaos', force: true }), READY_MS);
    }
  }

  /** The end of a machine's log, for messages. */
  logTail(machine: Machine, lines = 20): string {
    try { return readFileSync(this.places.log(machine.name), 'utf8').trim().split('\n').slice(-lines).join('\n'); } catch { return ''; } // it never ran
  }

  /** Puts all logs that there are aside, as the cluster's folder goes with it. */
  keepLogs(dir: string): void {
    const logs = [[path.dirname(this.places.log('x')), dir], ...this.machines('apiserver').map((machine) => [this.places.machine(machine, 'audit.log'), path.join(dir, `${machine.name}-audit.log`)])] as const;
    for (const [from = '', to = ''] of logs) if (existsSync(from)) cpSync(from, to, { recursive: true });
  }

  async #prepareFiles(): Promise<void> {
    const { places, topology } = this;
    for (const machine of topology.machines) mkdirSync(places.machine(machine, machine.role === 'etcd' ? 'data' : ''), { recursive: true });
    for (const machine of this.machines('node')) { mkdirSync(places.machine(machine, 'cni'), { recursive: true }); mkdirSync(places.machine(machine, 'kubelet'), { recursive: true, mode: 0o750 }); }
    for (const dir of [places.clockOffsets, path.dirname(places.kubeconfig('x')), path.dirname(places.log('x'))]) mkdirSync(dir, { recursive: true });
    await must('mount', '-t', 'tmpfs', '-o', `size=${SMALL_DISK},mode=0700`, 'tmpfs', places.machine(this.machine('etcd-0'), 'data'));
    await prepareCertificates(places, topology);
    writeFileSync(places.auditPolicy, JSON.stringify(auditPolicy(topology)));
    writeFileSync(places.haproxyConfig, renderHaproxyConfig({
      ports: { front: ports.https, frontGrpc: ports.grpc, haproxyMetrics: 16_444, apiserver: () => ({ https: ports.https, grpc: ports.grpc }) }, replicas: this.machines('apiserver').length, bindAddress: '0.0.0.0',
      replicaAddress: (i) => this.machines('apiserver')[i]?.address ?? '',
    }));
    for (const machine of this.machines('node')) {
      writeFileSync(places.machine(machine, 'containerd.toml'), renderContainerdConfig({
        root: places.machine(machine, 'containerd'), state: places.machine(machine, 'run'), opt: places.machine(machine, 'opt'), socket: places.machine(machine, 'containerd.sock'), cniBinDir: this.#plan.programs.cniBinDir, cniConfDir: places.machine(machine, 'cni'), restrictOomScore: hostLacksSysResource(),
      }));
    }
  }

  /** The rights of components, as `kubernode up` writes them. */
  async #writeAddons(): Promise<void> {
    const config = resolveConfig({} as GivenClusterOptions, undefined); // nothing is given
    const roles = await eventually("the cluster's own roles", async () => (await this.client.list(rbacV1Resources.clusterroles)).items.map((role) => role.metadata.name), READY_MS);
    await this.apply(...addons(config), ...controllerBindings(roles));
  }

  async #importImages(machine: Machine): Promise<void> {
    for (const archive of writeStandardImages(this.places.images, process.env)) await must('ctr', '--address', this.places.machine(machine, 'containerd.sock'), '--namespace', 'k8s.io', 'images', 'import', archive);
  }

  #file(name: string): Buffer { return readFileSync(this.places.pki(name)); }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.close();
    try { await this.backend[Symbol.asyncDispose](); } finally {
      await attempt('umount', '-l', this.places.machine(this.machine('etcd-0'), 'data'));
      rmSync(this.places.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  }
}

/** Writes of leaders with what became of them; nothing else, so that the log costs next to nothing. */
function auditPolicy(topology: Topology): object {
  const userGroups = topology.machines.filter(({ role }) => role === 'scheduler' || role === 'controller-manager').map(({ name }) => replicaGroup(name));
  return { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived', 'ResponseStarted'], rules: [{ level: 'RequestResponse', userGroups, verbs: ['create', 'update', 'patch', 'delete'], omitManagedFields: true }, { level: 'None' }] };
}
