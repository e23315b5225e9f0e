import { badRequest, goQuote, invalid, notSupported, required, forbiddenField, tooLong, type FieldError, type StatusError } from '@kubernode/apimachinery';
import { isTrue } from '../filters/request-info.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface WriteRequestOptions {
  dryRun: boolean;
  fieldManager: string;
  fieldValidation: FieldValidation;
  /** Apply only: take over fields of others. */
  force: boolean;
  /** As admission sees them. */
  raw: Readonly<Record<string, unknown>>;
}

const FIELD_MANAGER_LENGTH_MAX = 128;
export const META_GROUP = 'meta.k8s.io';

/** Options of create, update and patch from the query; 422 for values that are none. */
export function writeOptions(kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions', query: URLSearchParams, applying = false): WriteRequestOptions {
  const dryRun = query.getAll('dryRun');
  const fieldManager = query.get('fieldManager') ?? '';
  const fieldValidation = query.get('fieldValidation') ?? '';
  const force = query.get('force');
  const errors: FieldError[] = [...forceErrors(kind, force, fieldManager, applying), ...fieldManagerErrors(fieldManager), ...dryRunErrors(dryRun)];
  if (!['', 'Ignore', 'Warn', 'Strict'].includes(fieldValidation)) errors.push(notSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn']));
  if (errors.length > 0) throw invalid({ group: META_GROUP, kind }, '', errors);
  return {
    dryRun: dryRun.length > 0, fieldManager, fieldValidation: fieldValidation === '' ? 'Warn' : fieldValidation as FieldValidation, force: isTrue(force), // checked above
    raw: {
      kind, apiVersion: 'meta.k8s.io/v1', ...(dryRun.length > 0 && { dryRun }), ...(fieldManager !== '' && { fieldManager }),
      ...(fieldValidation !== '' && { fieldValidation }), ...(force !== null && { force: isTrue(force) }),
    },
  };
}

function forceErrors(kind: string, force: string | null, fieldManager: string, applying: boolean): FieldError[] {
  if (kind !== 'PatchOptions') return [];
  if (applying) return fieldManager === '' ? [required('fieldManager', 'is required for apply patch')] : [];
  return force === null ? [] : [forbiddenField('force', 'may not be specified for non-apply patch')];
}

function fieldManagerErrors(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > FIELD_MANAGER_LENGTH_MAX) errors.push(tooLong('fieldManager', FIELD_MANAGER_LENGTH_MAX));
  let position = 0;
  for (const character of manager) {
    if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}]/u.test(character) || (/\s/u.test(character) && character !== ' ')) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      errors.push({ reason: 'FieldValueInvalid', field: 'fieldManager', message: `Invalid value: ${goQuote(manager)}: invalid character U+${code} (at position ${position})` });
    }
    position += Buffer.byteLength(character);
  }
  return errors;
}

export function dryRunErrors(dryRun: readonly string[]): FieldError[] {
  return dryRun.every((one) => one === 'All') ? [] : [notSupported('dryRun', dryRun, ['All'])];
}

/** A whole number from a query, refused as Go refuses it. */
export function parseGoInt(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = BigInt(text.replace(/^\+/, ''));
  if (BigInt.asIntN(64, value) !== value) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  return Number(value);
}

/** resourceVersion of a read as a number; `refusal` makes the error, which differs by verb. */
export function parseResourceVersion(text: string, refusal: (message: string) => StatusError): number {
  if (!/^\d{1,16}$/.test(text)) throw refusal(`resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: ${/^\d+$/.test(text) ? 'value out of range' : 'invalid syntax'}`);
  return Number(text);
}
