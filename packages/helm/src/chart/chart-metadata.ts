import { decodeYaml, isJsonObject } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { parseVersion } from '../functions/semver.ts';
import { fromPlain, type GoMap } from '../values/value.ts';
import { ChartError } from './chart-error.ts';
import type { ChartDependency, ChartLock, ChartMetadata } from './chart.ts';

/** The contents of Chart.yaml. Throws ChartError with the first thing that is wrong. */
export function parseMetadata(text: string): ChartMetadata {
  const data = parseObject(text, 'Chart.yaml');
  const metadata = { ...data, apiVersion: stringOf(data['apiVersion']) || 'v1', name: stringOf(data['name']), version: stringOf(data['version']), ...('appVersion' in data ? { appVersion: stringOf(data['appVersion']) } : {}) } as ChartMetadata; // checked below
  validate(metadata);
  return metadata;
}

export function parseLock(text: string, file: string): ChartLock {
  return parseObject(text, file);
}

/** requirements.yaml: where charts of the first version have their dependencies. */
export function parseRequirements(text: string): readonly ChartDependency[] {
  const { dependencies } = parseObject(text, 'requirements.yaml');
  return Array.isArray(dependencies) ? dependencies as ChartDependency[] : []; // checked with the metadata
}

/** A file of values. Throws ChartError, which names it. */
export function parseValues(text: string, file: string): GoMap {
  const value = fromPlain(decode(text, file));
  if (value === null) return new Map();
  if (value instanceof Map) return value;
  throw new ChartError(`cannot load ${file}: want a map of values, not a ${Array.isArray(value) ? 'list' : typeof value}`);
}

function parseObject(text: string, file: string): Record<string, unknown> {
  const value = decode(text, file);
  if (value === null) return {};
  if (!isJsonObject(value)) throw new ChartError(`cannot load ${file}: want a map`);
  return value;
}

function decode(text: string, file: string): unknown {
  try { return decodeYaml(text).value; } catch (error) { throw new ChartError(`cannot load ${file}: error converting YAML to JSON: ${errorMessage(error)}`); }
}

/** A scalar as Go reads it into a string: 1.10 was a number to the parser. */
function stringOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

export function validate(metadata: ChartMetadata): void {
  const { name, version, type = '' } = metadata;
  const refuse = (what: string): never => { throw new ChartError(`validation: ${what}`); };
  if (name === '') refuse('chart.metadata.name is required');
  if (name === '.' || name === '..') refuse(`chart.metadata.name ${JSON.stringify(name)} is not allowed`);
  if (/[/\\]/.test(name)) refuse(`chart.metadata.name ${JSON.stringify(name)} is invalid`);
  if (version === '') refuse('chart.metadata.version is required');
  try { parseVersion(version); } catch { refuse(`chart.metadata.version ${JSON.stringify(version)} is invalid`); }
  if (!['', 'application', 'library'].includes(type)) refuse('chart.metadata.type must be application or library');
  const known = new Set<string>();
  for (const dependency of metadata.dependencies ?? []) {
    if (!isJsonObject(dependency)) refuse('dependencies must not contain empty or null nodes');
    const key = dependency.alias ?? dependency.name;
    if (dependency.alias !== undefined && !/^[a-zA-Z0-9_-]+$/.test(dependency.alias)) refuse(`dependency ${JSON.stringify(dependency.name)} has disallowed characters in the alias`);
    if (known.has(key)) refuse(`more than one dependency with name or alias ${JSON.stringify(key)}`);
    known.add(key);
  }
}
