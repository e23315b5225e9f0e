/** A volume that cannot be set up, or taken away, now; the message is the kubelet's. */
export class VolumeError extends Error {
  override readonly name: string = 'VolumeError';
}

/** Several faults as one, as Kubernetes joins them. */
export function joinFaults(messages: readonly string[]): string {
  const [only = ''] = messages;
  return messages.length <= 1 ? only : `[${messages.join(', ')}]`;
}

/** A fault in a step of its own, which its message begins with. */
export class StepError extends VolumeError {
  readonly step: string;

  constructor(step: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.step = step;
  }
}

/** The volume is not attached to this node yet. The controller that attaches it tells users, the node does not. */
export class NotAttached extends VolumeError {}
