import { resources, resourceOfKind, schemas, type admissionregistrationV1 } from '@kubernode/api';
import { formatApiVersion, parseApiVersion, type GroupVersionKind } from '@kubernode/apimachinery';
import { CelCompileError, compile, compileVariables, dynType, policyEnvironment, type CelType, type EnvironmentOptions } from '@kubernode/cel';
import { SchemaTypes } from './schema-types.ts';

type Policy = Readonly<admissionregistrationV1.ValidatingAdmissionPolicy>;
type ExpressionWarning = admissionregistrationV1.ExpressionWarning;

/** Of one rule. */
const KINDS_MAX = 10;

/** What the expressions of a policy get wrong about fields of the built-in kinds that its rules name. Custom kinds are not looked at. */
export function checkTypes({ spec }: Policy): ExpressionWarning[] {
  const kinds = kindsOf(spec?.matchConstraints?.resourceRules ?? []);
  return (spec?.validations ?? []).flatMap(({ expression, messageExpression = '' }, index) => [
    ...warningsOf(expression, `spec.validations[${index}].expression`),
    ...(messageExpression === '' ? [] : warningsOf(messageExpression, `spec.validations[${index}].messageExpression`)),
  ]);

  function warningsOf(text: string, fieldRef: string): ExpressionWarning[] {
    const warnings = kinds.flatMap((kind) => {
      const fault = faultFor(kind, text, spec);
      return fault === undefined ? [] : [`${kind.group}/${kind.version}, Kind=${kind.kind}: ${fault}\n`];
    });
    return warnings.length === 0 ? [] : [{ fieldRef, warning: warnings.join('\n') }];
  }
}

/** The kinds that rules name outright, sorted. A rule with a star for groups or versions names none. */
function kindsOf(rules: readonly Readonly<admissionregistrationV1.NamedRuleWithOperations>[]): GroupVersionKind[] {
  const found = new Map<string, GroupVersionKind>();
  for (const { apiGroups = [], apiVersions = [], resources: names = [] } of rules) {
    if ([...apiGroups, ...apiVersions].some((one) => one.includes('*'))) continue;
    const named = resources.filter(({ group, version, resource }) => apiGroups.includes(group) && apiVersions.includes(version) && names.includes(resource));
    for (const { group, version, kind } of named.slice(0, KINDS_MAX)) found.set(`${group} ${version} ${kind}`, { group, version, kind });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
}

function faultFor(kind: GroupVersionKind, text: string, spec: Policy['spec']): string | undefined {
  const types = new SchemaTypes((name) => schemas[name]);
  const params = spec?.paramKind === undefined ? undefined : { ...parseApiVersion(spec.paramKind.apiVersion ?? ''), kind: spec.paramKind.kind ?? '' };
  const options: EnvironmentOptions = {
    params: params !== undefined, authorizer: true,
    schema: { object: typeOf(kind, types), params: params === undefined ? dynType : typeOf(params, types), types },
  };
  const variables = compileVariables((spec?.variables ?? []).map(({ name, expression }) => ({ name, expression })), options);
  try {
    compile(text, policyEnvironment({ ...options, variables: variables.types }));
    return undefined;
  } catch (error) {
    if (error instanceof CelCompileError) return error.message;
    throw error;
  }
}

function typeOf(kind: GroupVersionKind, types: SchemaTypes): CelType {
  const name = resourceOfKind(kind)?.schema;
  const schema = name === undefined ? undefined : schemas[name];
  return (schema && types.declare(schema, `${formatApiVersion(kind)}.${kind.kind}`)) ?? dynType;
}
