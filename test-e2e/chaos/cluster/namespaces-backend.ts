import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { mountsBelow } from '@kubernode/cli';
import { eventually } from '../../framework/run.ts';
import type { Backend } from './backend.ts';
import { attempt, must, withSbin } from './host-programs.ts';
import type { MachineProcess, Places } from './machine-plan.ts';
import type { Machine, Topology } from './topology.ts';

interface Running { readonly name: string; readonly child: ChildProcess; readonly ended: Promise<void> }

/** How long a process has to end after SIGTERM. */
const STOP_MS = 15_000;

/**
 * Machines are network namespaces of this host, on a bridge in a namespace of its own; a link leads from there to whoever tests. Files are the
 * host's. Everything is named `PREFIX-…`, and goes with the backend.
 */
export class NamespacesBackend implements Backend {
  readonly kind = 'namespaces';
  readonly #prefix: string;
  readonly #topology: Topology;
  readonly #places: Places;
  readonly #running: Map<string, Running[]> = new Map();

  constructor({ prefix, topology, places }: { prefix: string; topology: Topology; places: Places }) {
    this.#prefix = prefix;
    this.#topology = topology;
    this.#places = places;
  }

  async prepare(): Promise<void> {
    await this.#removeNetwork(); // of a run that was cut off
    const hub = this.#hub;
    await must('ip', 'netns', 'add', hub);
    await must('ip', '-netns', hub, 'link', 'add', 'machines', 'type', 'bridge');
    await must('ip', '-netns', hub, 'link', 'set', 'machines', 'up');
    await must('ip', 'link', 'add', this.#link, 'type', 'veth', 'peer', 'name', 'tester', 'netns', hub);
    await must('ip', '-netns', hub, 'link', 'set', 'tester', 'master', 'machines', 'up');
    await must('ip', 'address', 'add', `${this.#topology.gateway}/24`, 'dev', this.#link);
    await must('ip', 'link', 'set', this.#link, 'up');
    await Promise.all(this.#topology.machines.map((machine) => this.#makeMachine(machine)));
  }

  async #makeMachine(machine: Machine): Promise<void> {
    const [hub, name, link] = [this.#hub, this.#namespace(machine), `m${machine.address.split('.')[3]}`];
    const inside = (...args: readonly string[]): Promise<string> => must('ip', '-netns', name, ...args);
    await must('ip', 'netns', 'add', name);
    await must('ip', '-netns', hub, 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    await must('ip', '-netns', hub, 'link', 'set', link, 'master', 'machines', 'up');
    await inside('link', 'set', 'lo', 'up');
    await inside('address', 'add', `${machine.address}/24`, 'dev', 'eth0');
    await inside('link', 'set', 'eth0', 'up');
    await inside('route', 'add', 'default', 'via', this.#topology.gateway);
    await must('nsenter', `--net=/run/netns/${name}`, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
  }

  async start(machine: Machine, processes: readonly MachineProcess[]): Promise<void> {
    const started: Running[] = [];
    for (const one of processes) {
      const { ready } = one;
      if ('socket' in ready) rmSync(ready.socket, { force: true }); // of before it lost its power
      started.push(this.#spawn(machine, one));
      if ('socket' in ready) await eventually(`${machine.name}'s ${one.name}`, () => Promise.resolve(existsSync(ready.socket)));
    }
    this.#running.set(machine.name, started);
  }

  async restart(machine: Machine, processes: readonly MachineProcess[]): Promise<void> {
    const names = new Set(processes.map(({ name }) => name));
    const [gone, others] = [this.#running.get(machine.name) ?? [], this.#running.get(machine.name)?.filter(({ name }) => !names.has(name)) ?? []];
    await Promise.all(gone.filter(({ name }) => names.has(name)).map(({ ended }) => ended));
    this.#running.set(machine.name, [...others, ...processes.map((one) => this.#spawn(machine, one))]);
  }

  #spawn(machine: Machine, { name, command, args, env = {} }: MachineProcess): Running {
    const file = this.#places.log(machine.name);
    mkdirSync(path.dirname(file), { recursive: true });
    const log = openSync(file, 'a', 0o640);
    const child = spawn('nsenter', [`--net=/run/netns/${this.#namespace(machine)}`, '--', command, ...args], { stdio: ['ignore', log, log], env: { HOME: '/root', ...withSbin, ...env } });
    closeSync(log);
    const ended = new Promise<void>((resolve) => { child.once('exit', () => resolve()); child.once('error', () => resolve()); });
    return { name, child, ended };
  }

  async stop(machine: Machine): Promise<void> {
    for (const { child, ended } of [...(this.#running.get(machine.name) ?? [])].reverse()) {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(late);
    }
    this.#running.delete(machine.name);
  }

  async powerOff(machine: Machine): Promise<void> {
    const running = this.#running.get(machine.name) ?? [];
    for (const { child } of running) child.kill('SIGKILL');
    await Promise.all(running.map(({ ended }) => ended));
    this.#running.delete(machine.name);
    if (machine.role !== 'node') return;
    await eventually(`the end of ${machine.name}`, () => { // its runtime's shims and its pods
      const left = this.#all(machine);
      for (const pid of left) signal(pid, 'SIGKILL');
      return Promise.resolve(left.length === 0);
    });
    await this.#leaveNoSandboxes(machine);
  }

  /** What a real machine loses with its power: mounts of containers, and the network namespaces of pods, which are mounts too. */
  async #leaveNoSandboxes(machine: Machine): Promise<void> {
    for (const point of mountsBelow(this.#places.machine(machine))) await attempt('umount', '-l', point);
  }

  freeze(machine: Machine): Promise<void> { return this.#signalAll(machine, 'SIGSTOP'); }
  thaw(machine: Machine): Promise<void> { return this.#signalAll(machine, 'SIGCONT'); }

  #signalAll(machine: Machine, name: NodeJS.Signals): Promise<void> {
    for (const pid of this.#all(machine)) signal(pid, name);
    return Promise.resolve();
  }

  networkNamespace(machine: Machine): string { return `/run/netns/${this.#namespace(machine)}`; }

  pids(machine: Machine, process: string): readonly number[] {
    return (this.#running.get(machine.name) ?? []).filter(({ name, child }) => name === process && child.exitCode === null && child.signalCode === null).flatMap(({ child }) => child.pid ?? []);
  }

  cgroupRoot(machine: Machine): string { return `/kubernode-${this.#prefix}-${machine.name}`; }

  /** Processes in the machine's network namespace and in its pods. */
  #all(machine: Machine): readonly number[] {
    const namespace = `net:[${statSync(this.networkNamespace(machine)).ino}]`;
    const inside = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
      try { return readlinkSync(`/proc/${pid}/ns/net`) === namespace && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')); } catch { return false; } // it has ended
    });
    return machine.role === 'node' ? [...new Set([...inside, ...this.#cgroups(machine).flatMap(pidsBelow)])] : inside;
  }

  #cgroups(machine: Machine): readonly string[] {
    const mounts = ['', ...readdirSync('/sys/fs/cgroup')].map((name) => path.join('/sys/fs/cgroup', name, this.cgroupRoot(machine)));
    return mounts.filter((dir) => existsSync(dir));
  }

  /** A machine that does not go keeps none of the others. */
  async [Symbol.asyncDispose](): Promise<void> {
    const there = this.#topology.machines.filter((machine) => existsSync(this.networkNamespace(machine)));
    const ends = await Promise.allSettled(there.map(async (machine) => { await this.thaw(machine); await this.powerOff(machine); }));
    for (const machine of this.#topology.machines.filter(({ role }) => role === 'node')) {
      await this.#leaveNoSandboxes(machine);
      for (const group of this.#cgroups(machine)) removeGroup(group);
    }
    await this.#removeNetwork();
    const failures = ends.filter((end) => end.status === 'rejected').map(({ reason }) => reason as unknown);
    if (failures.length > 0) throw new AggregateError(failures, 'machines of the cluster did not end');
  }

  async #removeNetwork(): Promise<void> {
    await attempt('ip', 'link', 'delete', this.#link);
    for (const machine of this.#topology.machines) await attempt('ip', 'netns', 'delete', this.#namespace(machine));
    await attempt('ip', 'netns', 'delete', this.#hub);
  }

  #namespace(machine: Machine): string { return `${this.#prefix}-${machine.name}`; }
  get #hub(): string { return `${this.#prefix}-hub`; }
  get #link(): string { return `${this.#prefix}test`.slice(0, 15); }
}

function pidsBelow(dir: string): number[] {
  try {
    const below = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap((entry) => pidsBelow(path.join(dir, entry.name)));
    return [...below, ...readFileSync(path.join(dir, 'cgroup.procs'), 'utf8').split('\n').filter((line) => line !== '').map(Number)];
  } catch { return []; } // a pod's group that ended meanwhile, or no control group
}

function removeGroup(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isDirectory()) removeGroup(path.join(dir, entry.name));
  try { rmdirSync(dir); } catch { /* something still ends there; the kernel keeps an empty group */ }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try { process.kill(pid, name); } catch { /* it has ended, which is as good */ }
}
