import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { errorMessage } from '@kubernode/base';
import { ChartError } from './chart-error.ts';
import { parseLock, parseMetadata, parseRequirements, parseValues, validate } from './chart-metadata.ts';
import type { Chart, ChartFile, ChartLock, ChartMetadata } from './chart.ts';
import { parseIgnoreRules, type IgnoreRules } from './helm-ignore.ts';
import { CHART_BYTES_MAX, FILE_BYTES_MAX, readTarGz } from './read-tar.ts';

/** Charts within charts, and folders within folders. */
const DEPTH_MAX = 30;

/** A chart from its folder or its .tgz archive. Throws ChartError. */
export function loadChart(location: string): Chart {
  const stat = statSync(location, { throwIfNoEntry: false });
  if (stat === undefined) throw new ChartError(`there is no chart ${location}`);
  if (stat.isDirectory()) {
    if (!existsSync(path.join(location, 'Chart.yaml'))) throw new ChartError(`${location}: Chart.yaml file is missing`);
    return chartFromFiles(readFolder(location));
  }
  if (stat.size > CHART_BYTES_MAX) throw new ChartError(`${location} is larger than ${CHART_BYTES_MAX} bytes`);
  return chartFromArchive(readFileSync(location));
}

export function chartFromArchive(archive: Buffer): Chart {
  return chartFromFiles(archiveFiles(archive));
}

/** A chart from its files by their paths in it. */
export function chartFromFiles(files: readonly ChartFile[], depth = 0): Chart {
  if (depth > DEPTH_MAX) throw new ChartError(`charts within charts are deeper than ${DEPTH_MAX}`);
  const named = (name: string): string | undefined => files.find((file) => file.name === name)?.data.toString('utf8');
  const metadataText = named('Chart.yaml');
  if (metadataText === undefined) throw new ChartError('Chart.yaml file is missing');
  const metadata = withRequirements(parseMetadata(metadataText), named('requirements.yaml'));
  const lock = readLock(named);
  const values = named('values.yaml');
  const schema = files.find(({ name }) => name === 'values.schema.json')?.data;
  const own = new Set(['Chart.yaml', 'Chart.lock', 'values.yaml', 'values.schema.json', ...(metadata.apiVersion === 'v1' ? [] : ['requirements.yaml', 'requirements.lock'])]);
  const isFile = ({ name }: ChartFile): boolean => !own.has(name) && !name.startsWith('templates/') && (!name.startsWith('charts/') || name.endsWith('.prov'));
  return {
    metadata, ...(lock === undefined ? {} : { lock }), ...(schema === undefined ? {} : { schema }),
    values: values === undefined ? new Map() : parseValues(values, 'values.yaml'),
    templates: files.filter(({ name }) => name.startsWith('templates/')),
    files: files.filter(isFile),
    dependencies: loadDependencies(files, metadata.name, depth),
  };
}

function withRequirements(metadata: ChartMetadata, requirements: string | undefined): ChartMetadata {
  if (requirements === undefined) return metadata;
  const merged = { ...metadata, dependencies: parseRequirements(requirements) };
  validate(merged);
  return merged;
}

function readLock(named: (name: string) => string | undefined): ChartLock | undefined {
  for (const name of ['Chart.lock', 'requirements.lock']) {
    const text = named(name);
    if (text !== undefined) return parseLock(text, name);
  }
  return undefined;
}

/** Folders and archives of charts/; names that begin with a dot or an underscore are no charts. */
function loadDependencies(files: readonly ChartFile[], parent: string, depth: number): Chart[] {
  const byName = new Map<string, ChartFile[]>();
  for (const { name, data } of files) {
    if (!name.startsWith('charts/') || name.endsWith('.prov')) continue;
    const inner = name.slice('charts/'.length);
    const [top = ''] = inner.split('/');
    if (/^[_.]/.test(top) || (!inner.includes('/') && !top.endsWith('.tgz'))) continue;
    byName.set(top, [...byName.get(top) ?? [], { name: inner === top ? '' : inner.slice(top.length + 1), data }]);
  }
  return [...byName].map(([top, inner]) => {
    try {
      const [only] = inner;
      return chartFromFiles(only?.name === '' ? archiveFiles(only.data) : inner, depth + 1);
    } catch (error) { throw new ChartError(`error unpacking subchart ${top} in ${parent}: ${errorMessage(error)}`); }
  });
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

function withoutMark(data: Buffer): Buffer {
  return data.subarray(0, 3).equals(BYTE_ORDER_MARK) ? data.subarray(3) : data;
}

/** Files below the archive's one folder. Nothing is written to disk, and no name may point out of the chart all the same. */
function archiveFiles(archive: Buffer): ChartFile[] {
  const files = readTarGz(archive).map(({ name, data }) => {
    const [top = '', ...rest] = name.replaceAll('\\', '/').split('/');
    const inner = rest.join('/');
    if (inner.startsWith('/')) throw new ChartError('chart illegally contains absolute paths');
    const clean = path.posix.normalize(inner);
    if (top === 'Chart.yaml') throw new ChartError('chart yaml not in base directory');
    if (inner === '' || clean === '.') throw new ChartError(`chart illegally contains content outside the base directory: ${JSON.stringify(name)}`);
    if (clean.startsWith('..') || top === '..') throw new ChartError('chart illegally references parent directory');
    if (/^[a-zA-Z]:\//.test(clean)) throw new ChartError('chart contains illegally named files');
    return { name: clean, data: withoutMark(data) };
  });
  if (files.length === 0) throw new ChartError('no files in chart archive');
  return files;
}

/** The files of a folder that .helmignore leaves, in the order of their names; links are followed, within bounds. */
function readFolder(root: string): ChartFile[] {
  const ignoreFile = path.join(root, '.helmignore');
  const ignores: IgnoreRules = parseIgnoreRules(existsSync(ignoreFile) ? readFileSync(ignoreFile, 'utf8') : '');
  const files: ChartFile[] = [];
  let left = CHART_BYTES_MAX;
  const visit = (folder: string, depth: number): void => {
    if (depth > DEPTH_MAX) throw new ChartError(`${path.join(root, folder)}: folders are deeper than ${DEPTH_MAX}`);
    for (const entry of readdirSync(path.join(root, folder)).sort()) {
      const name = folder === '' ? entry : `${folder}/${entry}`;
      const file = path.join(root, name);
      const stat = statSync(file);
      if (ignores(name, stat.isDirectory())) continue;
      if (stat.isDirectory()) { visit(name, depth + 1); continue; }
      if (!stat.isFile()) throw new ChartError(`cannot load irregular file ${file}: it is neither a file nor a folder`);
      if (stat.size > FILE_BYTES_MAX) throw new ChartError(`chart file ${JSON.stringify(entry)} is larger than the maximum file size ${FILE_BYTES_MAX}`);
      left -= stat.size;
      if (left < 0) throw new ChartError(`the chart is larger than ${CHART_BYTES_MAX} bytes`);
      files.push({ name, data: withoutMark(readFileSync(file)) });
    }
  };
  try { visit('', 0); } catch (error) { throw error instanceof ChartError ? error : new ChartError(errorMessage(error)); }
  return files;
}
