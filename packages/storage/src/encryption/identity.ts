import type { ValueTransformer } from './value-transformer.ts';

/** What every encrypted value begins with. */
const ENCRYPTED_PREFIX = Buffer.from('k8s:enc:');

/** Values as they are; those that another provider has encrypted are refused. */
export const identity: ValueTransformer = {
  fromStorage(stored) {
    if (isEncrypted(stored)) throw new Error('identity transformer tried to read encrypted data');
    return { bytes: stored, isStale: false };
  },
  toStorage: (bytes) => bytes,
};

function isEncrypted(stored: Buffer): boolean {
  return stored.subarray(0, ENCRYPTED_PREFIX.length).equals(ENCRYPTED_PREFIX);
}
