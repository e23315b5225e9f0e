import type { EventSubject } from '@kubernode/client';
import type { Action } from '@kubernode/controller';

/** What of a node an event refers to. */
export interface NodeIdentity { name: string; uid?: string | undefined }

export function nodeEvent({ name, uid }: NodeIdentity, reason: string, message: string): Action {
  const about: EventSubject = { apiVersion: 'v1', kind: 'Node', metadata: { name, ...(uid !== undefined && { uid }) } };
  return { do: 'event', about, type: 'Normal', reason, message };
}

export function nodeStatusEvent(node: NodeIdentity, status: string): Action {
  return nodeEvent(node, status, `Node ${node.name} status is now: ${status}`);
}
