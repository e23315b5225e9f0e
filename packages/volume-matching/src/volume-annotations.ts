type Name =
  | 'bindCompleted' | 'boundByController' | 'selectedNode' | 'dynamicallyProvisioned' | 'migratedTo' | 'storageProvisioner' | 'betaStorageProvisioner'
  | 'betaStorageClass' | 'defaultClass' | 'betaDefaultClass' | 'preResizeCapacity' | 'storageResizer';

/** The annotations of claims, volumes and classes that steer binding. Unless said otherwise only their presence matters. */
export const volumeAnnotations: Readonly<Record<Name, string>> = {
  /** On claims: bound once. What looks unbound from then on is lost, not new. */
  bindCompleted: 'pv.kubernetes.io/bind-completed',
  /** On both: a controller, not a user, tied this side to the other. */
  boundByController: 'pv.kubernetes.io/bound-by-controller',
  /** On claims: the node for which the scheduler asks for a volume. */
  selectedNode: 'volume.kubernetes.io/selected-node',
  /** On volumes: who made them. */
  dynamicallyProvisioned: 'pv.kubernetes.io/provisioned-by',
  /** On both: the CSI driver that stands in for a former built-in plugin. */
  migratedTo: 'pv.kubernetes.io/migrated-to',
  /** On claims: who is to make a volume. */
  storageProvisioner: 'volume.kubernetes.io/storage-provisioner',
  betaStorageProvisioner: 'volume.beta.kubernetes.io/storage-provisioner',
  /** On claims and volumes: the class, before there was a field; wins over it. */
  betaStorageClass: 'volume.beta.kubernetes.io/storage-class',
  /** On classes: `true` for the one that claims without a class get. */
  defaultClass: 'storageclass.kubernetes.io/is-default-class',
  betaDefaultClass: 'storageclass.beta.kubernetes.io/is-default-class',
  /** On volumes: the size the claim shows until its file system has grown. */
  preResizeCapacity: 'volume.alpha.kubernetes.io/pre-resize-capacity',
  /** On claims: who is to make the volume larger. */
  storageResizer: 'volume.kubernetes.io/storage-resizer',
};

/** Provisioner of a class whose volumes are made by hand. */
export const NO_PROVISIONER = 'kubernetes.io/no-provisioner';
