import type { KubeObject } from '@kubernode/apimachinery';
import { timeToMs } from '@kubernode/apimachinery';
import { age } from './cell-text.ts';
import { compileJsonPath } from './json-path.ts';
import { columns, type Cell, type Column, type Printer } from './printer.ts';

/** One of a custom resource's additionalPrinterColumns. */
export interface CustomColumn {
  name: string;
  type: Column['type'];
  format?: string;
  description?: string;
  priority?: number;
  jsonPath: string;
}

const DEFAULT_COLUMNS: readonly CustomColumn[] = [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }];

/** The printer of a custom resource: its name, then the columns of its definition, or its age when there are none. */
export function customPrinter({ group, resource, additional }: { group: string; resource: string; additional: readonly CustomColumn[] | undefined }): Printer {
  const shown = additional === undefined || additional.length === 0 ? DEFAULT_COLUMNS : additional;
  const paths = shown.map(({ jsonPath }) => compileJsonPath(jsonPath));
  return {
    group, resource,
    columns: [...columns('Name!'), ...shown.map(({ name, type, format = '', description, priority = 0, jsonPath }) => ({
      name, type, format, description: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`, priority,
    }))],
    cells: (object: Readonly<KubeObject>, now) => [object.metadata.name, ...shown.map(({ type }, index) => cellOf(type, paths[index]?.(object), now))],
  };
}

/** A value as its column wants it; null where it is missing or of another type. */
function cellOf(type: Column['type'], value: unknown, now: number): Cell {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer': return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number': return typeof value === 'number' ? value : null;
    case 'boolean': return typeof value === 'boolean' ? value : null;
    case 'string': return typeof value === 'string' ? value : JSON.stringify(value);
    case 'date': return typeof value !== 'string' ? null : timeToMs(value) === undefined ? '<invalid>' : age(value, now);
  }
}
