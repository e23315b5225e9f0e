import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface GoField {
  json: string;
  /** As it is written: `*int32`, `[]metav1.Condition`. */
  type: string;
  inline: boolean;
  omitEmpty: boolean;
  omitZero: boolean;
  goPackage: string;
  imports: ReadonlyMap<string, string>;
}

export interface GoType { fields?: GoField[]; underlying: string; imports: ReadonlyMap<string, string> }
export interface GoPackage { types: ReadonlyMap<string, GoType> }
export type GoPackages = Map<string, GoPackage>;

/** The types that a Go package declares, read line by line: gofmt makes this safe. */
export function readGoPackage(root: string, goPackage: string): GoPackage {
  const folder = path.join(root, goPackage);
  const types = new Map<string, GoType>();
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.go') || file.endsWith('_test.go') || file.startsWith('zz_') || file.startsWith('generated.')) continue;
    readTypes(readFileSync(path.join(folder, file), 'utf8'), goPackage, types);
  }
  return { types };
}

function readTypes(source: string, goPackage: string, types: Map<string, GoType>): void {
  const imports = new Map([...source.matchAll(/^(?:import )?\s*(\w+)?\s*"([\w./-]+)"$/gm)].map(([, alias, target = '']) => [alias ?? path.basename(target), target]));
  for (const [, name = '', body = ''] of source.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) types.set(name, { fields: fieldsOf(body, goPackage, imports), underlying: 'struct', imports });
  for (const [, name = '', underlying = ''] of source.matchAll(/^type (\w+) (?!struct|interface|func)=? ?(\S+)(?: .*)?$/gm)) if (!types.has(name)) types.set(name, { underlying, imports });
  for (const [, name = ''] of source.matchAll(/^type (\w+) struct ?\{\}/gm)) types.set(name, { fields: [], underlying: 'struct', imports });
}

function fieldsOf(body: string, goPackage: string, imports: ReadonlyMap<string, string>): GoField[] {
  const fields: GoField[] = [];
  for (const [, first = '', second, tag = ''] of body.matchAll(/^\t([\w.*[\]]+)(?:\s+([\w.*[\]]+))?\s+`[^`]*json:"([^"]*)"[^`]*`/gm)) {
    const [json = '', ...options] = tag.split(',');
    if (json === '-') continue;
    fields.push({ json, type: second ?? first, inline: json === '' && options.includes('inline'), omitEmpty: options.includes('omitempty'), omitZero: options.includes('omitzero'), goPackage, imports });
  }
  return fields;
}
