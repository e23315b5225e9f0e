import { encodeYaml, formatDuration, formatTime, StatusError } from '@kubernode/apimachinery';
import { version, type OptionTable } from '@kubernode/component-base';
import type { PathHandler } from '../endpoints/endpoint.ts';
import type { Answer, RequestContext } from '../pipeline/api-request.ts';

const GROUP = 'config.k8s.io';
const VERSIONS: readonly string[] = ['v1beta1', 'v1alpha1'];
const DEPRECATED_VERSION = 'v1alpha1';
const LISTED_PATHS = ['/flagz', '/healthz', '/livez', '/metrics', '/readyz', '/statusz', '/version'];

interface Page { path: string; kind: 'Statusz' | 'Flagz'; fields(): object; text(): string }

/** /statusz and /flagz: what runs and how it was started, as text for people and as objects for those who ask for them by kind. */
export function statusPages({ startedAt, now, flags }: { /** ms since 1970. */ startedAt: number; now(): number; flags: Readonly<Record<string, string>> }): PathHandler[] {
  const release = `${version.major}.${version.minor}`;
  const uptimeSeconds = (): number => Math.floor((now() - startedAt) / 1000);
  const pages: Page[] = [{
    path: '/statusz', kind: 'Statusz',
    fields: () => ({ startTime: formatTime(startedAt), uptimeSeconds: uptimeSeconds(), goVersion: `node-${process.version}`, binaryVersion: release, emulationVersion: release, paths: LISTED_PATHS }),
    text: () => `\nStarted: ${new Date(startedAt).toUTCString()}\nUp: ${uptimeText(uptimeSeconds())}\nGo version: node-${process.version}\nBinary version: ${release}\nEmulation version: ${release}\nPaths: ${LISTED_PATHS.join(' ')}\n`,
  }, {
    path: '/flagz', kind: 'Flagz', fields: () => ({ flags }), text: () => Object.entries(flags).map(([flag, value]) => `${flag}=${value}\n`).join(''),
  }];
  return pages.map((page) => ({ paths: [page.path], handle: async ({ headers: { accept } }, context) => render(page, accept, context) }));
}

function render({ path, kind, fields, text }: Page, accept: string | undefined, { warnings }: RequestContext): Answer {
  const form = formOf(accept, kind);
  if (form === undefined) throw new StatusError({ code: 406, reason: 'NotAcceptable', message: 'only the following media types are accepted: application/json, application/yaml, text/plain' });
  if (form === 'text') {
    const head = `\napiserver ${path.slice(1)}\nWarning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.\n`;
    return { kind: 'buffered', status: 200, contentType: 'text/plain; charset=utf-8', body: Buffer.from(head + text()) };
  }
  if (form.version === DEPRECATED_VERSION) warnings.push(`This version of the ${path.slice(1)} endpoint is deprecated. Please use a newer version.`);
  const object = { kind, apiVersion: `${GROUP}/${form.version}`, metadata: { name: 'apiserver' }, ...fields() };
  const body = form.type === 'application/yaml' ? encodeYaml(object) : `${JSON.stringify(object)}\n`;
  return { kind: 'buffered', status: 200, contentType: `${form.type};g=${GROUP};v=${form.version};as=${kind}`, body: Buffer.from(body) };
}

/** Text, or an encoding with the version of the kind; an encoding alone is not enough. */
export function formOf(accept: string | undefined, kind: Page['kind']): 'text' | { type: 'application/json' | 'application/yaml'; version: string } | undefined {
  if (accept === undefined || accept.trim() === '') return 'text';
  for (const clause of accept.split(',')) {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
    const asked = new Map(parameters.map((parameter) => { const [name = '', value = ''] = parameter.split('='); return [name, value] as const; }));
    if ((type === 'text/plain' || type === 'text/*' || type === '*/*') && !asked.has('as')) return 'text';
    const known = VERSIONS.find((one) => one === asked.get('v'));
    if ((type === 'application/json' || type === 'application/yaml') && asked.get('as') === kind && asked.get('g') === GROUP && known !== undefined) return { type, version: known };
  }
  return undefined;
}

function uptimeText(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3600)} hr ${two(Math.floor(seconds / 60) % 60)} min ${two(seconds % 60)} sec`;
}

/** Every flag with its value as text, as Go shows values, by name. */
export function shownFlags(table: OptionTable, values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.keys(table).toSorted().map((flag) => [flag, shownValue(table[flag]?.kind, values[flag])]));
}

function shownValue(kind: OptionTable[string]['kind'] | undefined, value: unknown): string {
  switch (kind) {
    case 'list': return `[${((value ?? []) as readonly string[]).join(',')}]`; // a list flag's value is a list
    case 'map': return Object.entries((value ?? {}) as Record<string, string>).map(([key, one]) => `${key}=${one}`).join(','); // likewise
    case 'duration': return value === undefined ? '' : formatDuration(Number(value));
    default: return value === undefined ? '' : String(value);
  }
}
