import type { Environment, Functions, TypeProvider } from '../check/declarations.ts';
import { authorizerType, resourceCheckType } from '../library/authorizer.ts';
import { kubernetesFunctions, mutationFunctions } from '../library/kubernetes.ts';
import { dynType, type CelType } from '../types/cel-type.ts';
import { CelError } from '../values/value.ts';
import { DECLARED_FIELDS, namespaceType, requestType, variablesType } from './declared-types.ts';
import { patchTypes } from './patch-types.ts';

/** Which names an expression may use besides object, oldObject, request and namespaceObject. */
export interface EnvironmentOptions {
  params: boolean;
  authorizer: boolean;
  /** `Object{…}` and `JSONPatch{…}` */
  patches?: boolean;
  /** Types of composed variables that are known so far; `variables` is unknown when it is absent. May still grow. */
  variables?: ReadonlyMap<string, CelType>;
  /** What is known of objects beforehand: for type checking. */
  schema?: { object: CelType; params: CelType; types: TypeProvider };
}

/** What an expression of a policy, or a match condition of a webhook, may name. */
export function policyEnvironment(options: EnvironmentOptions): Environment {
  const { params, authorizer, patches = false, variables, schema } = options;
  const object = schema?.object ?? dynType;
  return {
    variables: new Map<string, CelType>([
      ['object', object], ['oldObject', object], ['request', requestType], ['namespaceObject', namespaceType],
      ...(params ? [['params', schema?.params ?? dynType] as const] : []),
      ...(authorizer ? [['authorizer', authorizerType] as const, ['authorizer.requestResource', resourceCheckType] as const] : []),
      ...(variables === undefined ? [] : [['variables', variablesType] as const]),
    ]),
    functions: functionsFor(patches),
    types: firstOf([declaredTypes(variables), ...(patches ? [patchTypes] : []), ...(schema === undefined ? [] : [schema.types])]),
  };
}

function functionsFor(patches: boolean): Functions {
  return patches ? mutationFunctions : kubernetesFunctions;
}

function declaredTypes(variables: ReadonlyMap<string, CelType> | undefined): TypeProvider {
  return {
    hasStruct: (name) => DECLARED_FIELDS.has(name) || (variables !== undefined && name === variablesType.name),
    fieldType: (struct, field) => {
      if (struct === variablesType.name) return variables?.get(field);
      const fields = DECLARED_FIELDS.get(struct);
      return fields !== undefined && Object.hasOwn(fields, field) ? fields[field] : undefined;
    },
    create: (struct) => new CelError(`unknown type: ${struct}`),
  };
}

function firstOf(providers: readonly TypeProvider[]): TypeProvider {
  const knowing = (struct: string): TypeProvider | undefined => providers.find((provider) => provider.hasStruct(struct));
  return {
    hasStruct: (name) => knowing(name) !== undefined,
    fieldType: (struct, field) => knowing(struct)?.fieldType(struct, field),
    create: (struct, fields) => knowing(struct)?.create(struct, fields) ?? new CelError(`unknown type: ${struct}`),
  };
}
