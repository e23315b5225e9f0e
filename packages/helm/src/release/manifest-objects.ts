import { decodeYaml, isJsonObject, parseApiVersion, type Json, type JsonObject } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import type { Manifest } from '../render/rendered-chart.ts';
import { ReleaseError } from './release-error.ts';
import type { CallSignal, ObjectRef, ReleaseCluster } from './release-cluster.ts';

/** An object of a manifest, with the namespace that it will have. */
export interface ManifestObject {
  ref: ObjectRef;
  /** The template that it is from, or ''. */
  source: string;
  object: JsonObject;
}

/** The text that a release keeps of its manifests, as Helm writes it. */
export function joinManifests(manifests: readonly Pick<Manifest, 'source' | 'content'>[]): string {
  return manifests.map(({ source, content }) => `---\n# Source: ${source}\n${content}\n`).join('');
}

export interface ManifestDocument { source: string; content: string }

/** The documents of a manifest's text that hold more than comments. */
export function splitManifest(text: string): ManifestDocument[] {
  return text.split(/(?:^|\s*\n)---(?=\s|$)[^\S\n]*/)
    .map((content) => ({ source: /^\s*# Source: (.*)/.exec(content)?.[1] ?? '', content: content.trim() }))
    .filter(({ content }) => content.split('\n').some((line) => line.trim() !== '' && !line.trimStart().startsWith('#')));
}

/** The objects of a manifest's text in their order, lists taken apart. ReleaseError naming all that cannot be read. */
export function parseManifest(text: string): { source: string; object: JsonObject }[] {
  const faults: string[] = [];
  const objects = splitManifest(text).flatMap(({ source, content }) => {
    try { return itemsOf(decodeYaml(content).value).map((object) => ({ source, object: checked(object) })); } catch (error) {
      faults.push(`${source === '' ? 'a manifest' : source}: ${errorMessage(error)}`);
      return [];
    }
  });
  if (faults.length > 0) throw new ReleaseError(faults.join('; '));
  return objects;
}

/**
 * The objects of a manifest's text as this cluster would have them. Kinds that it does not serve are an error that names them all, or are
 * left out with `skipUnknown`: of those there can be no objects.
 */
export async function resolveManifest(cluster: ReleaseCluster, text: string, { namespace, skipUnknown = false, signal }: CallSignal & { namespace: string; skipUnknown?: boolean }): Promise<ManifestObject[]> {
  const parsed = parseManifest(text);
  const scopes = await scopesOf(cluster, parsed.map(({ object }) => object), signal);
  const unknown = new Set<string>();
  const resolved = parsed.flatMap(({ source, object }): ManifestObject[] => {
    const scope = scopes.get(typeKey(object));
    if (scope !== undefined) return [{ source, ...place(object, scope, namespace) }];
    unknown.add(`no matches for kind "${textOf(object['kind'])}" in version "${textOf(object['apiVersion'])}"`);
    return [];
  });
  if (unknown.size > 0 && !skipUnknown) throw new ReleaseError(`${[...unknown].join('; ')}; ensure CRDs are installed first`);
  return resolved;
}

/** Says whether two objects are the same one, whatever version of its group each is written in. */
export function identityOf({ apiVersion, kind, namespace, name }: ObjectRef): string {
  return `${parseApiVersion(apiVersion).group}/${kind}/${namespace}/${name}`;
}

/** `metadata.annotations` or `metadata.labels`. */
export function metadataMap(object: JsonObject, field: 'annotations' | 'labels'): Readonly<Record<string, Json>> {
  const metadata = object['metadata'];
  const map = isJsonObject(metadata) ? metadata[field] : undefined;
  return isJsonObject(map) ? map : {};
}

async function scopesOf(cluster: ReleaseCluster, objects: readonly JsonObject[], signal: AbortSignal | undefined): Promise<Map<string, 'namespaced' | 'cluster' | undefined>> {
  const types = new Map(objects.map((object) => [typeKey(object), { apiVersion: textOf(object['apiVersion']), kind: textOf(object['kind']) }]));
  const scopes = new Map<string, 'namespaced' | 'cluster' | undefined>();
  for (const [key, type] of types) scopes.set(key, await cluster.scopeOf(type, { signal })); // the cluster keeps what it learned; one group is asked for once
  return scopes;
}

function place(object: JsonObject, scope: 'namespaced' | 'cluster', releaseNamespace: string): { ref: ObjectRef; object: JsonObject } {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  const given = textOf(metadata['namespace']);
  const namespace = scope === 'cluster' ? '' : given === '' ? releaseNamespace : given;
  const ref = { apiVersion: textOf(object['apiVersion']), kind: textOf(object['kind']), namespace, name: textOf(metadata['name']) };
  return { ref, object: { ...object, metadata: { ...metadata, ...(namespace !== '' && { namespace }) } } };
}

function itemsOf(value: unknown): unknown[] {
  if (value === null) return [];
  return isJsonObject(value) && textOf(value['kind']).endsWith('List') && Array.isArray(value['items']) ? value['items'] : [value];
}

function checked(object: unknown): JsonObject {
  if (!isJsonObject(object)) throw new ReleaseError('it is no object');
  if (textOf(object['apiVersion']) === '') throw new ReleaseError('apiVersion is not set');
  if (textOf(object['kind']) === '') throw new ReleaseError('kind is not set');
  const metadata = object['metadata'];
  if (!isJsonObject(metadata) || textOf(metadata['name']) === '') throw new ReleaseError(`metadata.name of a ${textOf(object['kind'])} is not set`);
  return object;
}

function typeKey(object: JsonObject): string { return `${textOf(object['apiVersion'])}/${textOf(object['kind'])}`; }

function textOf(value: unknown): string { return typeof value === 'string' ? value : ''; }
