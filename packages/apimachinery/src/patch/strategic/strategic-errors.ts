import { badRequest, internalErrorWithoutReason, StatusError } from '../../errors/status-error.ts';
import type { Json, JsonObject } from '../../json.ts';
import { goStringText, goTypeName, goValueText } from '../go-value-text.ts';

/*
 * The faults of strategic merge patches. Malformed lists of directives are the client's fault (400), lists of lists
 * cannot be merged (422); the rest is 500 with a message alone, since kube-apiserver has no typed error for it.
 */
export const badPrimitiveListFormat = (): StatusError => badRequest('invalid patch format of primitive list');
export const badRetainKeysFormat = (): StatusError => badRequest('invalid patch format of retainKeys');
export const badElementOrderFormat = (): StatusError => badRequest('invalid patch format of setElementOrder list');

export function listOfLists(): StatusError {
  return new StatusError({ code: 422, reason: 'Invalid', message: 'the server rejected our request due to an error in our request', details: {} });
}

export function noMergeKey(element: JsonObject, mergeKey: string): StatusError {
  return internalErrorWithoutReason(`map: ${goValueText(element)} does not contain declared merge key: ${mergeKey}`);
}

export function unknownDirective(directive: Json | undefined, patch: JsonObject): StatusError {
  return internalErrorWithoutReason(`unknown patch type: ${goStringText(directive)} in map: ${goValueText(patch)}`);
}

export function wrongType(expected: 'map[string]interface {}' | '[]interface {}', actual: Json | undefined): StatusError {
  return internalErrorWithoutReason(`expected a ${expected}, but received a ${goTypeName(actual)}`);
}

export function orderMismatch(patch: readonly Json[], order: readonly Json[]): StatusError {
  return internalErrorWithoutReason(`The order in patch list:\n${goValueText([...patch])}\n doesn't match $setElementOrder list:\n${goValueText([...order])}\n`);
}
