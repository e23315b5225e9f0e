import type { KubeObject } from '@kubernode/apimachinery';
import { compileJsonPath } from '../table/json-path.ts';
import type { DefinitionVersion } from './definition.ts';

export type SelectableValues = (object: Readonly<KubeObject>) => Record<string, string>;

/** What field selectors see of an object; undefined where a definition names no fields. */
export function selectableValues({ selectableFields = [] }: Pick<DefinitionVersion, 'selectableFields'>): SelectableValues | undefined {
  if (selectableFields.length === 0) return undefined;
  const paths = selectableFields.map(({ jsonPath }) => [jsonPath.replace(/^\./, ''), compileJsonPath(jsonPath)] as const);
  return (object) => Object.fromEntries(paths.map(([name, find]) => [name, text(find?.(object))]));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
