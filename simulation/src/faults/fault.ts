import type { Rng } from '@kubernode/base';
import type { World } from '../world/world.ts';

/** Something that goes wrong for a while. `begin` returns what ends it; the world forgets it when the fault is over by itself. */
export interface Fault {
  name: string;
  weight: number;
  /** How long at most, ms. */
  lastsMs: number;
  /** Undefined when there is nobody to whom it could happen. */
  begin(world: World, rng: Rng): { of: string; end(): void | Promise<void> } | undefined;
}
