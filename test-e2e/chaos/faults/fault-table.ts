import type { ChaosCluster } from '../cluster/chaos-cluster.ts';
import type { Fault } from './fault.ts';
import { hostFaults } from './host-faults.ts';
import { networkFaults } from './network-faults.ts';
import { noFault } from './no-fault.ts';
import { processFaults } from './process-faults.ts';

/** Every fault there is. */
export const allFaults: readonly Fault[] = [noFault, ...processFaults, ...networkFaults, ...hostFaults];

/** Those that a cluster can have; of the given names, where there are any. */
export function faultsFor(cluster: ChaosCluster, names: readonly string[] = []): readonly Fault[] {
  const unknown = names.filter((name) => !allFaults.some((fault) => fault.name === name));
  if (unknown.length > 0) throw new Error(`there is no fault ${unknown.join(', ')}; there are ${allFaults.map(({ name }) => name).join(', ')}`);
  return allFaults.filter((fault) => (names.length === 0 || names.includes(fault.name)) && fault.fits(cluster));
}
