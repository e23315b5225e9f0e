import type { MachineProcess } from './machine-plan.ts';
import type { Machine } from './topology.ts';

/**
 * What machines are made of. Faults of the network and of single processes need nothing more than a machine's network namespace, which both kinds
 * have; what differs is how a machine is started and ended as a whole.
 */
export interface Backend extends AsyncDisposable {
  readonly kind: 'namespaces' | 'containers';
  /** Makes the network and machines in which nothing runs yet. */
  prepare(): Promise<void>;
  /** Starts all that runs on a machine; resolves once the processes have been started. */
  start(machine: Machine, processes: readonly MachineProcess[]): Promise<void>;
  /** Starts processes again that ended while the others of their machine ran on. */
  restart(machine: Machine, processes: readonly MachineProcess[]): Promise<void>;
  /** Asks the machine's processes to end (SIGTERM) and waits until they have. */
  stop(machine: Machine): Promise<void>;
  /** Ends all that runs there at once, containers of pods too, as when its power fails. */
  powerOff(machine: Machine): Promise<void>;
  freeze(machine: Machine): Promise<void>;
  thaw(machine: Machine): Promise<void>;
  /** For nsenter; changes when a machine is started. */
  networkNamespace(machine: Machine): string;
  /** Numbers, as the host counts them, of the processes that the plan calls so. */
  pids(machine: Machine, process: string): readonly number[];
  /** The control group below which a node's pods are. */
  cgroupRoot(machine: Machine): string;
}
