import type { Rng } from '@kubernode/base';
import type { ChaosCluster } from '../cluster/chaos-cluster.ts';

/** Who is asked how long a fault was felt: the writers, by their longest time without a success; or a component's leader, by the first thing it does for somebody who asked just after. */
export type Measure = 'writers' | 'kube-scheduler' | 'kube-controller-manager' | 'service';

/** Something that goes wrong, for a while. */
export interface Fault {
  readonly name: string;
  /** For readers of the report. */
  readonly title: string;
  readonly measure: Measure;
  /** How long it lasts before it is mended, ms. */
  readonly holdMs: number;
  /** Whether a cluster has what it takes. */
  readonly fits: (cluster: ChaosCluster) => boolean;
  /** Makes it happen; what comes back mends it and resolves when the part serves again. */
  readonly inject: (world: FaultWorld) => Promise<Mend>;
}

export interface FaultWorld { readonly cluster: ChaosCluster; readonly rng: Rng }
export interface Mend { /** Whom it hit, for messages. */ readonly victim: string; mend(): Promise<void> }

export function pick<T>(rng: Rng, among: readonly T[]): T {
  const one = among[Math.floor(rng.next() * among.length)];
  if (one === undefined) throw new Error('there is nothing to choose from');
  return one;
}
