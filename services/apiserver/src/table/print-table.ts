import type { KubeObject } from '@kubernode/apimachinery';
import type { PrintTable, TableOptions } from '../endpoints/endpoint-services.ts';
import { partialMetadata } from '../endpoints/partial-metadata.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { customPrinter, type CustomColumn } from './custom-printer.ts';
import { columns, type Cell, type Column, type Printer, type RowCondition } from './printer.ts';
import { printerOf } from './printer-registry.ts';
import { scalePrinter } from './printers/workloads.ts';

/** A list for people to read: meta/v1 Table. */
export interface Table {
  kind: 'Table';
  apiVersion: string;
  metadata: Readonly<Record<string, unknown>>;
  /** null in all but the first event of a watch. */
  columnDefinitions: readonly Column[] | null;
  rows: TableRow[];
}

export interface TableRow { cells: Cell[]; conditions?: RowCondition[]; object: object | null }

/** Columns of a custom resource as its definition gives them; undefined for built-in resources. */
export type CustomColumns = (served: ServedResource) => readonly CustomColumn[] | undefined;

/** Prints the objects of any resource. Rows are printed from the stored version, whichever is asked for. */
export function tablePrinter({ customColumns }: { customColumns?: CustomColumns } = {}): PrintTable {
  const custom = new WeakMap<readonly CustomColumn[], Printer>();
  return (served, objects, options) => printTable(printerFor(served, objects[0], customColumns, custom), served, objects, options);
}

function printerFor(served: ServedResource, first: Readonly<KubeObject> | undefined, customColumns: CustomColumns | undefined, custom: WeakMap<readonly CustomColumn[], Printer>): Printer {
  const { group, resource } = served.facts;
  if (first?.kind === 'Scale') return scalePrinter;
  const additional = customColumns?.(served);
  if (additional === undefined) return printerOf(group, resource) ?? plainPrinter;
  const known = custom.get(additional) ?? customPrinter({ group, resource, additional });
  custom.set(additional, known);
  return known;
}

function printTable(printer: Printer, served: ServedResource, objects: readonly Readonly<KubeObject>[], { metadata, version, includeObject, withoutHeaders, now }: TableOptions): Table {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: withoutHeaders === true ? null : printer.columns,
    rows: (printer.compare === undefined ? objects : objects.toSorted((a, b) => printer.compare?.(a, b) ?? 0)).map((object) => {
      const stored = storedForm(served, object);
      return printRow(printer, stored, { now, object: rowObject(includeObject === 'Object' ? object : stored, includeObject, version) });
    }),
  };
}

/** One object as a row. */
export function printRow(printer: Printer, printed: Readonly<KubeObject>, { now, object }: { now: number; object: object | null }): TableRow {
  const conditions = printer.conditions?.(printed) ?? [];
  return { cells: printer.cells(printed, now).map(shownCell), ...(conditions.length > 0 && { conditions }), object };
}

/** What an object does not have is an empty text: the bookmark of a watch has no name. */
function shownCell(cell: Cell | undefined): Cell {
  return cell === undefined ? '' : cell;
}

function storedForm({ conversion }: ServedResource, object: Readonly<KubeObject>): Readonly<KubeObject> {
  return conversion === undefined || object.kind === 'Scale' ? object : conversion.toStored(structuredClone(object));
}

function rowObject(object: Readonly<KubeObject>, includeObject: TableOptions['includeObject'], version: string): object | null {
  switch (includeObject) {
    case 'None': return null;
    case 'Metadata': return partialMetadata(object, version);
    case 'Object': return object;
  }
}

/** For resources without a printer of their own. */
const plainPrinter: Printer = {
  group: '', resource: '', columns: columns('Name! | Created At:date'),
  cells: ({ metadata }) => [metadata.name, metadata.creationTimestamp ?? '0001-01-01T00:00:00Z'],
};
