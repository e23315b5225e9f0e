import type { Environment } from '../check/declarations.ts';
import { CelCompileError, compile, type CompiledExpression } from '../compile.ts';
import { boolType, dynType, listType, mapType, nullType, sameType, stringType, type CelType } from '../types/cel-type.ts';
import { jsonPatchType, objectPatchType } from './patch-types.ts';

/** An expression ready to run, or why it never will. */
export type PolicyExpression = { readonly text: string; readonly program: CompiledExpression; readonly fault?: undefined } | { readonly text: string; readonly program?: undefined; readonly fault: string };

/** What an expression may result in; `any` for variables. */
export type ResultTypes = 'any' | readonly CelType[];

export const CONDITION: ResultTypes = [boolType];
export const MESSAGE: ResultTypes = [stringType];
export const AUDIT_VALUE: ResultTypes = [stringType, nullType];
export const APPLY_CONFIGURATION: ResultTypes = [objectPatchType];
export const JSON_PATCHES: ResultTypes = [listType(jsonPatchType)];

/** Never throws: what is wrong is told whenever the expression is used. */
export function compileExpression(text: string, results: ResultTypes, environment: Environment): PolicyExpression {
  try {
    const program = compile(text, environment);
    const fault = resultFault(program.resultType, results);
    return fault === undefined ? { text, program } : { text, fault };
  } catch (error) {
    if (error instanceof CelCompileError) return { text, fault: `compilation failed: ${error.message}` };
    throw error;
  }
}

function resultFault(actual: CelType, wanted: ResultTypes): string | undefined {
  if (wanted === 'any' || wanted.some((type) => sameType(type, actual))) return undefined;
  const names = wanted.map(typeText);
  return `must evaluate to ${names.length === 1 ? names.join() : `one of [${names.join(' ')}]`} but got ${typeText(actual)}`;
}

const RUNTIME_NAMES: Readonly<Partial<Record<CelType['kind'], string>>> = { null: 'null_type', timestamp: 'google.protobuf.Timestamp', duration: 'google.protobuf.Duration' };

/** A type as it is called while expressions run. */
function typeText({ kind, name, params }: CelType): string {
  const own = RUNTIME_NAMES[kind] ?? name;
  return params.length === 0 ? own : `${own}(${params.map(typeText).join(', ')})`;
}

const KEPT_KINDS: ReadonlySet<CelType['kind']> = new Set(['bool', 'bytes', 'double', 'duration', 'int', 'null', 'string', 'timestamp', 'uint']);

/** The type by which others know a variable: structs and opaque types are not passed on. */
export function variableType(type: CelType): CelType {
  const { kind, params } = type;
  if (KEPT_KINDS.has(kind)) return type;
  const [first = dynType, second = dynType] = params;
  if (kind === 'list') return listType(variableType(first));
  return kind === 'map' ? mapType(variableType(first), variableType(second)) : dynType;
}
