import type { SchemaProps } from '@kubernode/apiextensions';
import type { JsonObject, Schema } from '@kubernode/apimachinery';
import type { CustomColumn } from '../table/custom-printer.ts';
import type { ScalePaths } from './scale-paths.ts';

/** What requests for a custom resource need to know beyond what they know of any resource. */
export interface CustomTraits {
  /** Any object is allowed where there is none. */
  schema: SchemaProps | undefined;
  /** Unknown fields stay, as definitions of long ago may say. */
  keepsUnknown: boolean;
  /** What owners of fields are told apart by. */
  fieldSchema: Schema | undefined;
  columns: readonly CustomColumn[];
  scale: ScalePaths | undefined;
  /** Said to whoever uses the version. */
  deprecationWarning: string | undefined;
  /** Nothing new: the definition is being deleted. */
  isTerminating: boolean;
  /** An object in another version, with that version's schema, where that can be told without asking anybody; for managed fields. */
  convertFields(object: JsonObject, apiVersion: string): { object: JsonObject; schema: Schema | undefined } | undefined;
}
