import { createHash } from 'node:crypto';
import { tarArchive, type TarEntry } from './tar-archive.ts';

/** What a container of the image runs by default, in the image specification's own terms. */
export interface ImageConfig { Cmd?: readonly string[]; Entrypoint?: readonly string[]; Env?: readonly string[]; WorkingDir?: string; ExposedPorts?: Readonly<Record<string, object>> }

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * An image of one layer as a docker-archive: what `docker save` writes, and what containerd and docker import. The same input gives the same
 * bytes, so an image that is there already is known by its name and digest.
 */
export function buildImageArchive({ name, config, entries, architecture = ARCHITECTURES[process.arch] ?? process.arch }: {
  /** With its tag, as pods name it: `localhost/demo:1`. */
  name: string;
  config: ImageConfig;
  entries: readonly TarEntry[];
  architecture?: string;
}): Buffer {
  const layer = tarArchive(entries);
  const diffId = sha256(layer);
  const created = '1970-01-01T00:00:00Z';
  const imageConfig = Buffer.from(JSON.stringify({ architecture, os: 'linux', created, config, rootfs: { type: 'layers', diff_ids: [`sha256:${diffId}`] }, history: [{ created, created_by: 'kubernode' }] }));
  const configName = `${sha256(imageConfig)}.json`;
  const layerName = `${diffId}.tar`;
  return tarArchive([
    { path: configName, body: imageConfig, mode: 0o644 },
    { path: layerName, body: layer, mode: 0o644 },
    { path: 'manifest.json', body: Buffer.from(JSON.stringify([{ Config: configName, RepoTags: [name], Layers: [layerName] }])), mode: 0o644 },
  ]);
}
