import {
  boolType, CelCompileError, CelError, compile, dynType, formatType, fromJson, kubernetesFunctions, listType, mapType, sameType, stringType, structType, toJson,
  type Activation, type CelType, type Environment, type TypeProvider,
} from '@kubernode/cel';
import type { Json } from '@kubernode/apimachinery';
import type { ExpressionCompiler, ExpressionUse } from './expression.ts';

/** What one evaluation may cost, in Kubernetes' units: far more than any sensible rule. */
const COST_MAX = 1_000_000;

const strings = (...names: string[]): [string, CelType][] => names.map((name) => [name, stringType]);
const REQUIREMENTS: [string, CelType] = ['requirements', listType(structType('kubernetes.SelectorRequirement'))];
const IDENTITY: [string, CelType][] = [['groups', listType(stringType)], ['extra', mapType(stringType, listType(stringType))], ...strings('uid')];

/** Kubernetes' types of what expressions speak of. */
const STRUCTS: ReadonlyMap<string, ReadonlyMap<string, CelType>> = new Map(Object.entries({
  'kubernetes.UserInfo': [...IDENTITY, ...strings('username')],
  'kubernetes.SubjectAccessReviewSpec': [...IDENTITY, ...strings('user'), ['resourceAttributes', structType('kubernetes.ResourceAttributes')], ['nonResourceAttributes', structType('kubernetes.NonResourceAttributes')]],
  'kubernetes.NonResourceAttributes': strings('path', 'verb'),
  'kubernetes.ResourceAttributes': [
    ...strings('namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'),
    ['fieldSelector', structType('kubernetes.FieldSelectorAttributes')], ['labelSelector', structType('kubernetes.LabelSelectorAttributes')],
  ],
  'kubernetes.FieldSelectorAttributes': [...strings('rawSelector'), REQUIREMENTS],
  'kubernetes.LabelSelectorAttributes': [...strings('rawSelector'), REQUIREMENTS],
  'kubernetes.SelectorRequirement': [...strings('key', 'operator'), ['values', listType(stringType)]],
} satisfies Record<string, [string, CelType][]>).map(([name, fields]) => [name, new Map(fields)]));

const types: TypeProvider = {
  hasStruct: (name) => STRUCTS.has(name),
  fieldType: (struct, field) => STRUCTS.get(struct)?.get(field),
  create: (struct) => new CelError(`${struct} cannot be made by an expression`),
};

const CLAIMS: [string, CelType] = ['claims', mapType(stringType, dynType)];
const VARIABLES: Readonly<Record<ExpressionUse, [string, CelType]>> = {
  claimMapping: CLAIMS, claimRule: CLAIMS, userRule: ['user', structType('kubernetes.UserInfo')], matchCondition: ['request', structType('kubernetes.SubjectAccessReviewSpec')],
};

/** Expressions in the Common Expression Language, with the functions of Kubernetes. */
export const celExpressions: ExpressionCompiler = {
  compile(source, use) {
    const [variable, type] = VARIABLES[use];
    const compiled = compileOrFail(source, { variables: new Map([[variable, type]]), functions: kubernetesFunctions, types });
    if (use !== 'claimMapping' && !sameType(compiled.resultType, boolType)) {
      throw new Error(`must evaluate to bool${use === 'matchCondition' ? ` but got ${formatType(compiled.resultType)}` : ''}`);
    }
    return {
      evaluate(value) {
        const activation: Activation = { get: (name) => (name === variable ? fromJson(value as Json) : undefined) }; // claims, users and requests are JSON
        const { result } = compiled.evaluate(activation, COST_MAX);
        const json = result instanceof CelError ? result : toJson(result);
        if (json instanceof CelError) throw new Error(json.message);
        return json;
      },
    };
  },
};

function compileOrFail(source: string, environment: Environment): ReturnType<typeof compile> {
  try { return compile(source, environment); } catch (error) {
    if (error instanceof CelCompileError) throw new Error(`compilation failed: ${error.message}`, { cause: error });
    throw error;
  }
}
