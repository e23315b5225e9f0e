import { applyJsonPatch, mergeTyped, PatchMismatch, StatusError, type Json, type JsonObject, type KubeObject, type Schema, type SchemaResolver } from '@kubernode/apimachinery';
import { CelError, CelList, type DecideAccess, patchJson, PatchStruct, type PolicyExpression, type PolicyVariables, typeNameFaults, type Value } from '@kubernode/cel';
import { Evaluation, OutOfBudget, POLICY_BUDGET } from './evaluation.ts';
import type { CompiledMutation } from './mutating-policy.ts';
import { policyInputs, type PolicySubject } from './policy-inputs.ts';

/** A mutation could not be carried out; whether that ends the request is for the failure policy to say. */
export class MutationFault extends Error {}

export interface MutationSubject extends PolicySubject {
  object: Readonly<KubeObject>;
  /** Of the object's kind. */
  schema: Schema | undefined;
  resolver: SchemaResolver;
}

/** What a mutation makes of an object: JSON that still has to be read as one. The object itself stays as it is. @throws MutationFault, and what `decide` throws. */
export function mutateObject({ patchType, expression }: CompiledMutation, { subject, variables, decide }: { subject: MutationSubject; variables: PolicyVariables; decide: DecideAccess }): Json {
  const value = resultOf(expression, { subject, variables, decide });
  return patchType === 'JSONPatch' ? applyOperations(value, subject) : applyConfiguration(value, subject);
}

function resultOf(expression: PolicyExpression, { subject, variables, decide }: { subject: MutationSubject; variables: PolicyVariables; decide: DecideAccess }): Value {
  if (expression.program === undefined) throw new MutationFault(expression.fault);
  try {
    const { value, error } = new Evaluation({ inputs: policyInputs(subject, decide), variables, budget: POLICY_BUDGET }).evaluate(expression);
    if (error !== undefined) throw new MutationFault(error);
    return value;
  } catch (error) {
    if (error instanceof OutOfBudget) throw new MutationFault(error.message);
    throw error;
  }
}

function applyConfiguration(value: Value, { object, schema, resolver }: MutationSubject): Json {
  checkTypeNames(value);
  const json = patchJson(value);
  if (json instanceof CelError) throw new MutationFault(`invalid return type: ${json.message}`);
  const { apiVersion, kind } = object;
  const configuration = { ...json as JsonObject, apiVersion, kind }; // an Object, by its type
  try {
    return mergeTyped(object as unknown as JsonObject, configuration, { schema, resolver }); // objects of the API are JSON
  } catch (error) {
    if (error instanceof Error && !(error instanceof StatusError)) throw new MutationFault(`error applying patch: ${error.message}`);
    throw error;
  }
}

/** A `test` that says no leaves the object as it is. */
function applyOperations(value: Value, { object }: MutationSubject): Json {
  const document = object as unknown as Json; // objects of the API are JSON
  const operations = value instanceof CelList ? [...value].map(operationOf) : [];
  try { return applyJsonPatch(document, operations); } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (!(error.cause instanceof PatchMismatch)) throw new MutationFault(`JSON Patch: ${error.message}`);
    if (error.cause.testFailed) return document;
    throw new MutationFault(`JSON Patch: ${error.cause.message}`);
  }
}

function operationOf(value: Value): Json {
  const fields = value instanceof PatchStruct ? value.fields : new Map<string, Value>();
  const text = (name: string): string => {
    const held = fields.get(name);
    return typeof held === 'string' ? held : '';
  };
  const operation: JsonObject = { op: text('op'), path: text('path'), ...(text('from') !== '' && { from: text('from') }) };
  const given = fields.get('value');
  if (given === undefined) return operation;
  if (given instanceof PatchStruct) checkTypeNames(given);
  const json = patchJson(given);
  if (json instanceof CelError) throw new MutationFault(`JSONPath valueExpression evaluated to a type that could not marshal to JSON: ${json.message}`);
  return { ...operation, value: json };
}

function checkTypeNames(value: Value): void {
  const faults = typeNameFaults(value);
  if (faults.length > 0) throw new MutationFault(`type mismatch: ${faults.join('\n')}`);
}
