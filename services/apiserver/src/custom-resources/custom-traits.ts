import type { SchemaProps } from '@kubernode/apiextensions';
import type { JsonObject, Schema } from '@kubernode/apimachinery';
import type { CustomColumn } from '../table/custom-printer.ts';
import type { ScalePaths } from './scale-paths.ts';

/** What requests for a custom resource need to know beyond what they know of any resource. */
export interface CustomTraits {
  listKind: string;
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
  /** An object in another version of the resource; the one given may be changed. Rejects with what the client is to be told when a webhook cannot convert it. */
  convert(object: JsonObject, apiVersion: string): Promise<JsonObject>;
  /** An object as another version's owners of fields see it; undefined for a version that is not served. Webhooks are not asked: fields that they rename count as changed by nobody. */
  convertFields(object: JsonObject, apiVersion: string): { object: JsonObject; schema: Schema | undefined } | undefined;
}
