import { dnsSubdomainName, validateObjectMeta, validateObjectMetaUpdate, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { ResourceStorage } from '../served-resource.ts';

/** Faults of a new object's metadata by the kind's name rule. */
export function validateMetadata({ namespaced, strategy }: ResourceStorage, object: KubeObject): FieldError[] {
  return validateObjectMeta(object.metadata, { namespaced, validateName: (name, prefix = false) => strategy.validateName?.(name, prefix) ?? dnsSubdomainName(name, prefix) });
}

/** Faults of changed metadata. Kubernetes' generic layer and the kind both look, so the fields that identify an object complain twice. */
export function validateMetadataUpdate(_storage: ResourceStorage, object: KubeObject, old: Readonly<KubeObject>): FieldError[] {
  const errors = validateObjectMetaUpdate(object.metadata, old.metadata);
  return [...errors, ...errors];
}
