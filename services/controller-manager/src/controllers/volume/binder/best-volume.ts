import type { coreV1 } from '@kubernode/api';
import { findMatchingVolume, offersAccessModes } from '@kubernode/volume-matching';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;

/** The volume a claim gets: of those that can do least beyond what it asks for the reserved or smallest one. */
export function bestVolume(claim: Claim, candidates: readonly Volume[], reservedOnly: boolean): Volume | undefined {
  const able = candidates.filter((volume) => offersAccessModes(volume, claim));
  const numbers = [...new Set(able.map(modesOf))].sort((a, b) => a - b);
  for (const number of numbers) {
    const found = findMatchingVolume({ claim, volumes: able.filter((volume) => modesOf(volume) === number), reservedOnly });
    if (found !== undefined) return found;
  }
  return undefined;
}

function modesOf({ spec }: Volume): number { return new Set(spec?.accessModes).size; }
