import type { CsiNode, CsiNodeCapability } from '@kubernode/rpc';
import { VolumeError } from '../volume-error.ts';

export interface RegisteredDriver { endpoint: string; version: string; node: CsiNode }

/** The CSI drivers that registered themselves on this node. */
export class CsiDrivers {
  readonly #drivers = new Map<string, RegisteredDriver>();
  readonly #capabilities = new WeakMap<CsiNode, Promise<ReadonlySet<string>>>();

  find(name: string): RegisteredDriver | undefined { return this.#drivers.get(name); }

  /** Throws for a driver that is not there; it may come. */
  node(name: string): CsiNode {
    const driver = this.#drivers.get(name);
    if (driver === undefined) throw new VolumeError(`driver name ${name} not found in the list of registered CSI drivers`);
    return driver.node;
  }

  set(name: string, driver: RegisteredDriver): void {
    this.delete(name);
    this.#drivers.set(name, driver);
  }

  delete(name: string): void {
    this.#drivers.get(name)?.node.close();
    this.#drivers.delete(name);
  }

  close(): void { for (const name of [...this.#drivers.keys()]) this.delete(name); }

  /** Asked once of each registration. */
  async can(node: CsiNode, capability: CsiNodeCapability): Promise<boolean> {
    let asked = this.#capabilities.get(node);
    if (asked === undefined) {
      asked = node.capabilities();
      this.#capabilities.set(node, asked);
      asked.catch(() => { this.#capabilities.delete(node); }); // asked again the next time
    }
    return (await asked).has(capability);
  }
}
