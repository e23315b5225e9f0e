export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  /** The one owner that manages the object; at most one reference has it. */
  controller?: boolean;
  /** Foreground deletion of the owner waits for this object. */
  blockOwnerDeletion?: boolean;
}

/** Who owns which fields, as server-side apply records it. */
export interface ManagedFieldsEntry {
  manager?: string;
  operation?: string;
  apiVersion?: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: Readonly<Record<string, unknown>>;
  subresource?: string;
}

/** What every stored object has. Fields below `name` are the server's where a comment says so. */
export interface ObjectMeta {
  name: string;
  generateName?: string;
  namespace?: string;
  /** The server's; one for the object's whole life. */
  uid?: string;
  /** The server's; an opaque string to clients, etcd's revision inside. */
  resourceVersion?: string;
  /** The server's; counts changes of what is wished for. */
  generation?: number;
  /** The server's; RFC 3339, whole seconds. */
  creationTimestamp?: string | null;
  /** The server's; when the object is to be gone, for one that is being deleted. */
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
  selfLink?: string;
}

export interface ListMeta {
  resourceVersion?: string;
  /** Where the next page begins; absent on the last. */
  continue?: string;
  remainingItemCount?: number;
  selfLink?: string;
}
