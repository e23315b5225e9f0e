import type { coreV1 } from '@kubernode/api';
import { findMatchingVolume, offersAccessModes } from '@kubernode/volume-matching';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;

/** The volume a claim gets: of those that can do least beyond what it asks for the reserved or smallest one. */
export function bestVolume(claim: Claim, candidates: readonly Volume[], reservedOnly: boolean): Volume | undefined {
  const byModes = new Map<number, Volume[]>();
  for (const volume of candidates) {
    if (!offersAccessModes(volume, claim)) continue;
    const modes = new Set(volume.spec?.accessModes).size;
    const alike = byModes.get(modes);
    if (alike === undefined) byModes.set(modes, [volume]);
    else alike.push(volume);
  }
  for (const [, volumes] of [...byModes].sort(([a], [b]) => a - b)) {
    const found = findMatchingVolume({ claim, volumes, reservedOnly });
    if (found !== undefined) return found;
  }
  return undefined;
}
