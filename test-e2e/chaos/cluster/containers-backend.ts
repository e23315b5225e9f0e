import path from 'node:path';
import type Docker from 'dockerode';
import { GenericContainer, type StartedTestContainer } from 'testcontainers';
import { root } from '../../framework/cluster.ts';
import type { Backend } from './backend.ts';
import { machineImage, type OwnDocker } from './docker-daemon.ts';
import { attempt } from './host-programs.ts';
import type { MachineProcess, Places } from './machine-plan.ts';
import type { Machine, Topology } from './topology.ts';

const STOP_SECONDS = 15;

interface MachineOptions { readonly name: string; readonly machine: Machine; readonly network: string; readonly script: string; readonly binds: readonly { source: string; target: string; mode: 'ro' | 'rw' }[] }

/** A container with an address that it keeps, and with control groups of its own, so that a node's containers run in it. */
class MachineContainer extends GenericContainer {
  constructor({ name, machine, network, script, binds }: MachineOptions) {
    super(machineImage);
    this.createOpts.NetworkingConfig = { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: machine.address } } } };
    Object.assign(this.hostConfig, { CgroupnsMode: 'private' }); // newer than its types
    this.withName(name).withHostname(machine.name).withNetworkMode(network).withPrivilegedMode().withEntrypoint(['/bin/bash', '-c']).withCommand([script]).withBindMounts([...binds]);
  }
}

/** Machines are containers of a Docker of our own, by testcontainers; they share /usr, the built code and the cluster's folder with the host. */
export class ContainersBackend implements Backend {
  readonly kind = 'containers';
  readonly #prefix: string;
  readonly #topology: Topology;
  readonly #places: Places;
  readonly #own: OwnDocker;
  readonly #started: Map<string, StartedTestContainer> = new Map();
  readonly #pids: Map<string, number> = new Map();
  #network: Docker.Network | undefined;

  constructor({ prefix, topology, places, docker }: { prefix: string; topology: Topology; places: Places; docker: OwnDocker }) {
    this.#prefix = prefix;
    this.#topology = topology;
    this.#places = places;
    this.#own = docker;
    process.env['DOCKER_HOST'] = docker.host; // as testcontainers wants it
    process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
    process.env['TESTCONTAINERS_HOST_OVERRIDE'] = 'localhost';
  }

  async prepare(): Promise<void> {
    const { subnet, gateway } = this.#topology;
    this.#network = await this.#own.docker.createNetwork({ Name: `${this.#prefix}-machines`, IPAM: { Config: [{ Subnet: `${subnet}.0/24`, Gateway: gateway }] }, Options: { 'com.docker.network.bridge.name': `${this.#prefix}-br`.slice(0, 15) } });
  }

  async start(machine: Machine, processes: readonly MachineProcess[]): Promise<void> {
    const known = this.#started.get(machine.name);
    if (known !== undefined) await this.#container(machine).start();
    else this.#started.set(machine.name, await this.#machine(machine, processes).start());
    this.#pids.set(machine.name, (await this.#container(machine).inspect()).State.Pid);
  }

  #machine(machine: Machine, processes: readonly MachineProcess[]): MachineContainer {
    const built = ['bin', 'dist'].map((name) => path.join(root, name));
    return new MachineContainer({
      name: `${this.#prefix}-${machine.name}`, machine, network: `${this.#prefix}-machines`, script: bootScript(processes, this.#places.log(machine.name)),
      binds: [{ source: '/usr', target: '/usr', mode: 'ro' }, ...built.map((source) => ({ source, target: source, mode: 'ro' as const })), { source: import.meta.dirname, target: import.meta.dirname, mode: 'ro' }, { source: this.#places.dir, target: this.#places.dir, mode: 'rw' }],
    });
  }

  restart(machine: Machine): Promise<void> { return Promise.reject(new Error(`${machine.name} ends with its process; no fault of containers ends one alone`)); }

  async stop(machine: Machine): Promise<void> { await this.#container(machine).stop({ t: STOP_SECONDS }); }

  async powerOff(machine: Machine): Promise<void> {
    await this.#container(machine).kill({ signal: 'SIGKILL' }).catch((error: unknown) => { if (!isNotRunning(error)) throw error; });
    await this.#container(machine).wait();
  }

  async freeze(machine: Machine): Promise<void> { await this.#container(machine).pause(); }
  async thaw(machine: Machine): Promise<void> { await this.#container(machine).unpause(); }

  networkNamespace(machine: Machine): string { return `/proc/${this.#pids.get(machine.name)}/ns/net`; }
  pids(machine: Machine): readonly number[] { return [this.#pids.get(machine.name)].filter((pid) => pid !== undefined); }
  cgroupRoot(): string { return '/'; }

  #container(machine: Machine): Docker.Container { return this.#own.docker.getContainer(this.#started.get(machine.name)?.getId() ?? ''); }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { Id } of await this.#own.docker.listContainers({ all: true })) await this.#own.docker.getContainer(Id).remove({ force: true, v: true });
    await this.#network?.remove();
    await attempt('ip', 'link', 'delete', `${this.#prefix}-br`.slice(0, 15));
  }
}

/** What a machine does when it is switched on: all processes but the last in the background, the last as its first process. */
function bootScript(processes: readonly MachineProcess[], log: string): string {
  const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
  const command = ({ command: program, args, env = {} }: MachineProcess): string => ['env', ...Object.entries({ HOME: '/root', ...env }).map(([name, value]) => `${name}=${value}`), program, ...args].map(quote).join(' ');
  const [main, ...others] = [...processes].reverse();
  if (main === undefined) throw new Error('a machine without processes');
  const waits = others.flatMap(({ ready }) => ('socket' in ready ? [`until [ -S ${quote(ready.socket)} ]; do sleep 0.05; done`] : []));
  const sockets = others.flatMap(({ ready }) => ('socket' in ready ? [`rm -f ${quote(ready.socket)}`] : []));
  return ['mount --make-rshared /', 'echo 1 > /proc/sys/net/ipv4/ip_forward', `exec >>${quote(log)} 2>&1`, ...sockets, ...others.map((one) => `${command(one)} &`), ...waits, `exec ${command(main)}`].join('\n');
}

function isNotRunning(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && (error.statusCode === 409 || error.statusCode === 304);
}
