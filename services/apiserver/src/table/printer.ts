import type { KubeObject } from '@kubernode/apimachinery';

/** What a cell may hold; null where a custom column finds nothing. */
export type Cell = string | number | boolean | null;

export interface Column {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  format: string;
  description: string;
  /** 0 is always shown, higher ones with `-o wide` only. */
  priority: number;
}

export interface RowCondition { type: 'Completed'; status: 'True'; reason: string; message: string }

/** How the objects of one resource are shown as rows. Cells must stand objects without spec and status: bookmarks are printed too. */
export interface Printer {
  group: string;
  resource: string;
  columns: readonly Column[];
  /** One cell a column; `now` in ms since 1970. */
  cells(object: Readonly<KubeObject>, now: number): Cell[];
  conditions?(object: Readonly<KubeObject>): RowCondition[];
  /** In which order rows of a list are shown; as they are stored when absent. */
  compare?(a: Readonly<KubeObject>, b: Readonly<KubeObject>): number;
}

export interface PrinterInit<T> {
  group: string;
  resource: string;
  /** See `columns`. */
  columns: string;
  cells(object: Readonly<T>, now: number): Cell[];
  conditions?(object: Readonly<T>): RowCondition[];
  compare?(a: Readonly<T>, b: Readonly<T>): number;
}

/** A printer of a known type. */
export function definePrinter<T>(init: PrinterInit<T>): Printer {
  return { ...init, columns: columns(init.columns) } as Printer; // the registry hands each printer objects of its own resource only
}

/**
 * Columns in short: `Name! | Desired:integer | Age | Images+`. A type stands behind a colon and is string otherwise, `!` marks the
 * format `name`, `+` a column for wide output.
 */
export function columns(short: string): Column[] {
  return short.split(' | ').map((text) => {
    const [, name = '', type = 'string', marks = ''] = /^(.*?)(?::([a-z]+))?([!+]*)$/.exec(text) ?? [];
    return { name, type: type as Column['type'], format: marks.includes('!') ? 'name' : '', description: DESCRIPTIONS[name] ?? '', priority: marks.includes('+') ? 1 : 0 }; // written by us above
  });
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  Name: 'The name of the object, unique among its kind and namespace.',
  Age: 'How long ago the object was created.',
  'Created At': 'When the object was created.',
  Containers: 'Names of the containers.',
  Images: 'Images of the containers.',
  Selector: 'Labels of the pods that belong to the object.',
};
