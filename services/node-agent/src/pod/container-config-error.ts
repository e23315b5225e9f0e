/** A container that cannot be made from what the cluster holds now; shown as CreateContainerConfigError, and tried again. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}
