import { forbiddenField, invalidValue, required, tooLong, tooMany, type FieldError } from '@kubernode/apimachinery';
import { boolType, CelCompileError, CelError, compile, dynType, formatType, kubernetesFunctions, mapType, MOST_COST, quantityType, stringType, structType, type CelType, type CompiledExpression, type Environment, type SizeHint } from '@kubernode/cel';

const SELECTORS_MAX = 32;
const EXPRESSION_BYTES_MAX = 10 * 1024;
const EXPRESSION_COST_MAX = 1_000_000;
/** How many attributes and capacities a device has at most, how long their values and the names of drivers are. */
const ENTRIES_MAX = 32;
const VALUE_LENGTH_MAX = 64;

const deviceType = structType('kubernetes.DRADevice');
const FIELDS: ReadonlyMap<string, CelType> = new Map([
  ['driver', stringType], ['allowMultipleAllocations', boolType], ['attributes', mapType(stringType, mapType(stringType, dynType))], ['capacity', mapType(stringType, mapType(stringType, quantityType))],
]);

/** What selectors of devices may name: one device. What its attributes are is known only when there is one. */
const environment: Environment = {
  variables: new Map([['device', deviceType]]), functions: kubernetesFunctions, bindings: true,
  types: { hasStruct: (name) => name === deviceType.name, fieldType: (_struct, field) => FIELDS.get(field), create: (struct) => new CelError(`unknown type: ${struct}`) },
};

export interface DeviceSelector { cel?: { expression?: string } }

export function deviceSelectorFaults(selectors: readonly DeviceSelector[] | undefined, path: string): FieldError[] {
  if (selectors === undefined) return [];
  return [
    ...(selectors.length > SELECTORS_MAX ? [tooMany(path, selectors.length, SELECTORS_MAX)] : []),
    ...selectors.slice(0, SELECTORS_MAX).flatMap(({ cel }, index) => (cel === undefined ? [required(`${path}[${index}].cel`)] : expressionFaults(cel.expression ?? '', `${path}[${index}].cel.expression`))),
  ];
}

function expressionFaults(text: string, path: string): FieldError[] {
  if (Buffer.byteLength(text) > EXPRESSION_BYTES_MAX) return [tooLong(path, EXPRESSION_BYTES_MAX)];
  const compiled = compileSelector(text);
  if (typeof compiled === 'string') return [invalidValue(path, text, compiled)];
  const { max } = compiled.estimate(sizeOf);
  return max > EXPRESSION_COST_MAX || max >= MOST_COST ? [forbiddenField(path, 'too complex, exceeds cost limit')] : [];
}

/** The expression ready to run, or what is wrong with it. */
function compileSelector(text: string): CompiledExpression | string {
  try {
    const compiled = compile(text, environment);
    const { resultType } = compiled;
    return resultType.kind === 'bool' || resultType.kind === 'dyn' ? compiled : `must evaluate to bool or the unknown type, not ${formatType(resultType)}`;
  } catch (error) {
    if (error instanceof CelCompileError) return `compilation failed: ${error.message}`;
    throw error;
  }
}

const sizeOf: SizeHint = ({ path, type }) => (path?.[0] === 'device' ? { min: 0, max: type.kind === 'map' ? ENTRIES_MAX : VALUE_LENGTH_MAX } : undefined);
