import { coreV1Resources } from '@kubernode/api';
import { errorMessage } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import type { PodEvents } from '../events/pod-events.ts';
import { bytes } from '../pod/amounts.ts';
import type { Pod } from '../pod/pod-facts.ts';
import type { HeldVolume } from './volume-manager.ts';
import type { VolumeSpec } from './volume-spec.ts';

export interface VolumeExpanderDeps { client: Pick<Client, 'patch'>; events: PodEvents; nodeName: string; logger: Logger }

/** The size that a volume is to have on the node; undefined when it has it, or when the pod may not change it. */
export function wantedSizeBytes({ claim, persistent, readOnly }: VolumeSpec): number | undefined {
  if (claim === undefined || persistent === undefined || readOnly) return undefined;
  const wanted = bytes(persistent.spec?.capacity?.['storage']);
  const shown = bytes(claim.status?.capacity?.['storage']);
  return shown > 0 && wanted > shown ? wanted : undefined;
}

/** The node's half of growing a volume: what lies on it grows to the size that the volume has by now, and the claim says so. */
export class VolumeExpander {
  readonly #deps: VolumeExpanderDeps;

  constructor(deps: VolumeExpanderDeps) { this.#deps = deps; }

  async expand({ spec, plugin, dir }: Pick<HeldVolume, 'spec' | 'plugin' | 'dir'>, pod: Pod): Promise<void> {
    const sizeBytes = wantedSizeBytes(spec);
    if (sizeBytes === undefined || plugin.expand === undefined) return;
    const { events, nodeName } = this.#deps;
    await plugin.expand({ pod, spec, dir, sizeBytes });
    events.normal(pod, 'FileSystemResizeSuccessful', `MountVolume.NodeExpandVolume succeeded for volume "${spec.name}" ${nodeName}`);
    await this.#report(spec);
  }

  /** Tells the claim's users; a fault is made up for by the next look, whose expansion finds nothing to do. */
  async #report({ claim, persistent }: VolumeSpec): Promise<void> {
    if (claim === undefined) return;
    const { name, namespace } = claim.metadata;
    const conditions = (claim.status?.conditions ?? []).filter(({ type }) => type !== 'FileSystemResizePending' && type !== 'Resizing');
    const status = { capacity: { ...claim.status?.capacity, storage: persistent?.spec?.capacity?.['storage'] }, conditions, allocatedResourceStatuses: null };
    await this.#deps.client.patch(coreV1Resources.persistentvolumeclaims, { name, namespace, subresource: 'status' }, { type: 'merge', body: { status } })
      .then((updated) => { claim.status = { ...updated.status }; }, (error: unknown) => { this.#deps.logger.warn('cannot tell a claim that its volume has grown', { claim: name, namespace, error: errorMessage(error) }); });
  }
}
