import { UserError } from '@kubernode/component-base';
import { readDeletionSnapshot } from './deletion-snapshot.ts';
import { explainDeletion } from './explain-deletion.ts';
import { explainPod } from './explain-pod.ts';
import { explainService } from './explain-service.ts';
import type { Explanation } from './explanation.ts';
import type { ObjectReader } from './object-reader.ts';
import type { Placement } from './placement.ts';
import { readPodSnapshot } from './pod-snapshot.ts';
import { readServiceSnapshot } from './service-snapshot.ts';

export interface ExplainParts {
  reader: ObjectReader;
  placement: Placement;
  /** A KubeSchedulerConfiguration, where the cluster's scheduler has one. */
  config: string | undefined;
  nowMs: number;
}

type Named = { readonly namespace: string; readonly name: string };

/** Why a pod is pending, not running, not ready, or not gone. @throws UserError when there is none, or it may not be seen */
export async function explainOnePod(named: Named, { reader, placement, config, nowMs }: ExplainParts): Promise<Explanation> {
  const snapshot = await readPodSnapshot(reader, named, { placement, config, nowMs });
  if (typeof snapshot === 'string') throw unknown('pod', named, snapshot, reader);
  return { ...explainPod(snapshot), unseen: reader.unseen };
}

/** Why a service leads nowhere. @throws UserError likewise */
export async function explainOneService(named: Named, { reader }: ExplainParts): Promise<Explanation> {
  const snapshot = await readServiceSnapshot(reader, named);
  if (typeof snapshot === 'string') throw unknown('service', named, snapshot, reader);
  return { ...explainService(snapshot), unseen: reader.unseen };
}

/** What a deletion waits for. Pods wait for nodes, which is another story. @throws UserError likewise */
export async function explainOneDeletion(kind: string, named: Named, parts: ExplainParts): Promise<Explanation> {
  const { reader, nowMs } = parts;
  const snapshot = await readDeletionSnapshot(reader, { kind, ...named, nowMs });
  if ('found' in snapshot) throw unknown(snapshot.resource.kind.toLowerCase(), snapshot.resource.namespaced ? named : { ...named, namespace: '' }, snapshot.found, reader);
  const { resource, object: { metadata } } = snapshot;
  if (resource.resource === 'pods' && resource.group === '' && metadata.deletionTimestamp !== undefined) return explainOnePod(named, parts);
  return { ...explainDeletion(snapshot), unseen: reader.unseen };
}

function unknown(kind: string, { namespace, name }: Named, found: 'missing' | 'unseen', reader: ObjectReader): UserError {
  const shown = `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
  return new UserError(found === 'missing' ? `there is no ${shown}` : `${shown} cannot be read: ${reader.unseen.join('; ')}`);
}
