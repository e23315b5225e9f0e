import { errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Reservation } from '../../write/write-request.ts';
import type { ClaimOwner, Claims } from './claims.ts';

export interface AllocationParts { owner: ClaimOwner; dryRun: boolean; ips: Claims; ports: Claims; logger: Logger }

/** What one write of a service takes and gives up. A failure to give back is logged and left to the repair loop: the write has happened. */
export class Allocation implements Reservation {
  readonly dryRun: boolean;
  readonly #parts: AllocationParts;
  readonly #takenIps: string[] = [];
  readonly #takenPorts: number[] = [];
  readonly #givenUpIps: string[] = [];
  readonly #givenUpPorts: number[] = [];

  constructor(parts: AllocationParts) {
    this.dryRun = parts.dryRun;
    this.#parts = parts;
  }

  ipSeemsTaken(ip: string): Promise<boolean> { return this.#parts.ips.seemsTaken(ip); }
  portSeemsTaken(port: number): Promise<boolean> { return this.#parts.ports.seemsTaken(String(port)); }
  /** The ports this write has taken, also those of a dry run. */
  get takenPorts(): readonly number[] { return this.#takenPorts; }

  async takeIp(ip: string): Promise<boolean> {
    const taken = await this.#parts.ips.take(ip, this.#parts.owner);
    if (taken) this.#takenIps.push(ip);
    return taken;
  }

  async takePort(port: number): Promise<boolean> {
    const taken = await this.#parts.ports.take(String(port), this.#parts.owner);
    if (taken) this.#takenPorts.push(port);
    return taken;
  }

  /** For dry runs. */
  pretendPort(port: number): void { this.#takenPorts.push(port); }
  giveUpIp(ip: string): void { this.#givenUpIps.push(ip); }
  giveUpPort(port: number): void { this.#givenUpPorts.push(port); }

  commit(): Promise<void> { return this.#release(this.#givenUpIps, this.#givenUpPorts); }
  rollback(): Promise<void> { return this.#release(this.#takenIps.splice(0), this.#takenPorts.splice(0)); }

  async #release(ips: readonly string[], ports: readonly number[]): Promise<void> {
    if (this.dryRun) return;
    const { owner, logger, ips: ipClaims, ports: portClaims } = this.#parts;
    const releases = [...ips.map((ip) => ipClaims.release(ip, owner)), ...ports.map((port) => portClaims.release(String(port), owner))];
    for (const result of await Promise.allSettled(releases)) {
      if (result.status === 'rejected') logger.warn('could not give an address or port of a service back; it is repaired later', { service: `${owner.namespace}/${owner.name}`, error: errorMessage(result.reason) });
    }
  }
}
