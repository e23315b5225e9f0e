import { createHash } from 'node:crypto';
import { dnsLabelFaults, formatFieldErrors, invalidValue, required, subdomainFaults, type FieldError } from '@kubernode/apimachinery';
import type { EncryptedObject } from '@kubernode/rpc';
import { aggregateError } from './aggregate-error.ts';

const SEALED_SOURCE_BYTES_MAX = 1024;
const KEY_ID_BYTES_MAX = 1024;
const ANNOTATIONS_BYTES_MAX = 32 * 1024;

/** Kubernetes' bounds for what stands in etcd, and so for what a plugin may answer. @throws Error in Kubernetes' words. */
export function assertValidEnvelope({ data, keyId, sealedSource, annotations, sourceType }: EncryptedObject): void {
  if (typeof sourceType === 'number') throw new Error(`unknown encryptedDEKSourceType: ${sourceType}`);
  if (data.length === 0) throw new Error('encrypted data is empty');
  if (sealedSource.length === 0) throw new Error('failed to validate encrypted DEK source: encrypted DEK source is empty');
  if (sealedSource.length > SEALED_SOURCE_BYTES_MAX) throw new Error(`failed to validate encrypted DEK source: encrypted DEK source is ${sealedSource.length} bytes, which exceeds the max size of ${SEALED_SOURCE_BYTES_MAX}`);
  const fault = keyIdFault(keyId);
  if (fault !== undefined) throw new Error(`failed to validate key id: ${fault.message}`);
  const faults = annotationFaults(annotations);
  if (faults.length > 0) throw new Error(`failed to validate annotations: ${(aggregateError(faults) as Error).message}`); // made of errors only
}

/** Why a key's name is refused, with the label under which it is counted. */
export function keyIdFault(keyId: string): { code: 'empty' | 'too_long'; message: string } | undefined {
  if (keyId === '') return { code: 'empty', message: 'keyID is empty' };
  const length = Buffer.byteLength(keyId);
  return length > KEY_ID_BYTES_MAX ? { code: 'too_long', message: `keyID is ${length} bytes, which exceeds the max size of ${KEY_ID_BYTES_MAX}` } : undefined;
}

/** Names of keys are not shown: their hashes are. */
export function hashOrEmpty(text: string): string {
  return text === '' ? '' : `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function annotationFaults(annotations: EncryptedObject['annotations']): Error[] {
  const faults: Error[] = [];
  let size = 0;
  for (const [name, value] of Object.entries(annotations)) {
    size += Buffer.byteLength(name) + value.length;
    const nameFaults = domainNameFaults('annotations', name);
    if (nameFaults.length > 0) faults.push(new Error(formatFieldErrors(nameFaults)));
  }
  if (size > ANNOTATIONS_BYTES_MAX) faults.push(new Error(`total size of annotations is ${size}, which exceeds the max size of ${ANNOTATIONS_BYTES_MAX}`));
  return faults;
}

function domainNameFaults(field: string, name: string): FieldError[] {
  if (name === '') return [required(field)];
  const domain = name.endsWith('.') ? name.slice(0, -1) : name;
  const faults = subdomainFaults(domain);
  if (faults.length > 0) return [invalidValue(field, domain, faults.join(','))];
  const labels = domain.split('.');
  if (labels.length < 2) return [invalidValue(field, domain, 'should be a domain with at least two segments separated by dots')];
  for (const label of labels) {
    const labelFaults = dnsLabelFaults(label);
    if (labelFaults.length > 0) return [invalidValue(field, label, labelFaults.join(','))];
  }
  return [];
}
