import type { admissionregistrationV1 } from '@kubernode/api';
import { dns1035LabelFaults, duplicate, invalidValue, labelKeyFaults, notSupported, repeatedIndexes, required, subdomainFaults, type FieldError } from '@kubernode/apimachinery';
import { APPLY_CONFIGURATION, AUDIT_VALUE, compileExpression, compileVariables, CONDITION, type EnvironmentOptions, JSON_PATCHES, MESSAGE, policyEnvironment, type PolicyVariables, type ResultTypes } from '@kubernode/cel';
import { expressionFault } from './match-condition-faults.ts';

type ParamKind = admissionregistrationV1.ParamKind;
type Variable = admissionregistrationV1.Variable;
type Validation = admissionregistrationV1.Validation;
type AuditAnnotation = admissionregistrationV1.AuditAnnotation;

const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const RESERVED: ReadonlySet<string> = new Set([
  'true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while',
]);
const REASONS: readonly string[] = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const AUDIT_ANNOTATIONS_MAX = 20;
const AUDIT_EXPRESSION_BYTES_MAX = 5 * 1024;

export function paramKindFaults(kind: Partial<ParamKind> | undefined, path: string): FieldError[] {
  if (kind === undefined) return [];
  const { apiVersion = '', kind: name = '' } = kind;
  const nameFaults = name === '' ? [] : dns1035LabelFaults(name.toLowerCase());
  return [
    ...(apiVersion === '' ? [required(`${path}.apiVersion`)] : apiVersionFaults(apiVersion, `${path}.apiVersion`)),
    ...(name === '' ? [required(`${path}.kind`)] : []),
    ...(nameFaults.length === 0 ? [] : [invalidValue(`${path}.kind`, name, `may have mixed case, but should otherwise match: ${nameFaults.join(',')}`)]),
  ];
}

function apiVersionFaults(apiVersion: string, path: string): FieldError[] {
  const parts = apiVersion === '/' ? ['', ''] : apiVersion.split('/');
  if (parts.length > 2) return [invalidValue(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const [group = '', version = ''] = parts.length === 2 ? parts : ['', ...parts];
  const groupFaults = group === '' ? [] : subdomainFaults(group);
  const versionFaults = version === '' ? [] : dns1035LabelFaults(version);
  return [
    ...(groupFaults.length === 0 ? [] : [invalidValue(path, group, groupFaults.join(','))]),
    ...(version === '' ? [invalidValue(path, apiVersion, 'version must be specified')] : []),
    ...(versionFaults.length === 0 ? [] : [invalidValue(path, version, versionFaults.join(','))]),
  ];
}

/** The names that expressions of a policy may use, and what is wrong with its variables. */
export class PolicyNames {
  readonly #params: boolean;
  readonly #variables: PolicyVariables | undefined;
  readonly #faults: readonly FieldError[];

  /** `composes`: `variables` is known even where there are none. */
  constructor({ params, variables = [], composes }: { params: boolean; variables?: readonly Partial<Variable>[] | undefined; composes: boolean }, path: string) {
    this.#params = params;
    const named = variables.map(({ name = '', expression = '' }) => ({ name, expression }));
    const compiled = compileVariables(named.filter(({ expression }) => expression.trim() !== ''), { params, authorizer: true });
    this.#variables = composes || variables.length > 0 ? compiled : undefined;
    this.#faults = named.flatMap(({ name, expression }, index) => [
      ...nameFaults(name, `${path}[${index}].name`),
      ...(expression.trim() === '' ? [required(`${path}[${index}].expression`, 'expression is not specified')] : variableFault(compiled, name, `${path}[${index}].expression`)),
    ]);
  }

  get faults(): readonly FieldError[] { return this.#faults; }

  /** What is wrong with an expression of the policy. `written` is shown where it is not what is compiled. */
  check(text: string, results: ResultTypes, path: string, { written = text, ...options }: Partial<EnvironmentOptions> & { written?: string } = {}): FieldError[] {
    const environment = policyEnvironment({ params: this.#params, authorizer: true, ...(this.#variables && { variables: this.#variables.types }), ...options });
    const { fault } = compileExpression(text, results, environment);
    return fault === undefined ? [] : [invalidValue(path, written, fault)];
  }
}

function nameFaults(name: string, path: string): FieldError[] {
  if (name.trim() === '') return [required(path, 'name is not specified')];
  return IDENTIFIER.test(name) && !RESERVED.has(name) ? [] : [invalidValue(path, name, 'must be a valid CEL identifier')];
}

function variableFault({ expressions }: PolicyVariables, name: string, path: string): FieldError[] {
  const compiled = expressions.get(name);
  return compiled === undefined ? [] : expressionFault(compiled, path);
}

export function validationFaults({ expression = '', messageExpression = '', message = '', reason }: Readonly<Partial<Validation>>, names: PolicyNames, path: string): FieldError[] {
  const isBlank = (text: string): boolean => text !== '' && text.trim() === '';
  return [
    ...(expression.trim() === '' ? [required(`${path}.expression`, 'expression is not specified')] : names.check(expression, CONDITION, `${path}.expression`)),
    ...(isBlank(messageExpression) ? [invalidValue(`${path}.messageExpression`, messageExpression, 'must be non-empty if specified')] : []),
    ...(messageExpression.trim() === '' ? [] : names.check(messageExpression, MESSAGE, `${path}.messageExpression`, { authorizer: false })),
    ...(isBlank(message) ? [invalidValue(`${path}.message`, message, 'must be non-empty if specified')] : []),
    ...(/[\n\r]/.test(message.trim()) ? [invalidValue(`${path}.message`, message, 'must not contain line breaks')] : []),
    ...(reason === undefined || REASONS.includes(reason) ? [] : [notSupported(`${path}.reason`, reason, REASONS)]),
  ];
}

export function auditAnnotationFaults(annotations: readonly Partial<AuditAnnotation>[], { policy, names }: { policy: string; names: PolicyNames }, path: string): FieldError[] {
  const repeated = repeatedIndexes(annotations.map(({ key = '' }) => key));
  return [
    ...(annotations.length > AUDIT_ANNOTATIONS_MAX ? [invalidValue(path, annotations, `must not have more than ${AUDIT_ANNOTATIONS_MAX} auditAnnotations`)] : []),
    ...annotations.flatMap(({ key = '', valueExpression = '' }, index) => [
      ...auditKeyFaults(key, policy, `${path}[${index}].key`),
      ...auditValueFaults(valueExpression, names, `${path}[${index}].valueExpression`),
      ...(repeated.has(index) ? [duplicate(`${path}[${index}].key`, key)] : []),
    ]),
  ];
}

function auditKeyFaults(key: string, policy: string, path: string): FieldError[] {
  if (policy === '') return [invalidValue(path, key, 'requires metadata.name be non-empty')];
  return labelKeyFaults(`${policy}/${key}`).map((fault) => invalidValue(path, `${policy}/${key}`, fault));
}

function auditValueFaults(expression: string, names: PolicyNames, path: string): FieldError[] {
  const trimmed = expression.trim();
  if (trimmed === '') return [required(path, 'valueExpression is not specified')];
  if (Buffer.byteLength(trimmed) > AUDIT_EXPRESSION_BYTES_MAX) return [required(path, `must not exceed ${AUDIT_EXPRESSION_BYTES_MAX} bytes in length`)];
  return names.check(trimmed, AUDIT_VALUE, path, { written: expression });
}

/** The expression of a mutation. */
export function mutationExpressionFaults(expression: string, patchType: 'ApplyConfiguration' | 'JSONPatch', names: PolicyNames, path: string): FieldError[] {
  const trimmed = expression.trim();
  return trimmed === '' ? [required(path)] : names.check(trimmed, patchType === 'JSONPatch' ? JSON_PATCHES : APPLY_CONFIGURATION, path, { patches: true });
}
