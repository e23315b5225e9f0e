import type { JsonObject } from '@kubernode/apimachinery';

/** Between the versions of one custom resource. */
export interface Converter {
  /** The objects in another version, in the same order; a few hundred at most. Those given may be changed. Rejects with what the client is to be told. */
  convert(objects: readonly JsonObject[], apiVersion: string): Promise<readonly JsonObject[]>;
}

/** Versions that differ in name alone. */
export const renaming: Converter = {
  convert: (objects, apiVersion) => Promise.resolve(objects.map((object) => ({ ...object, apiVersion }))),
};
