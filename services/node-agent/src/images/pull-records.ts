import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, KeyedSequencer } from '@kubernode/base';
import { replaceFile } from '@kubernode/component-base';
import { toRfc3339 } from '../status/compute-container-statuses.ts';
import { parseImageName } from './image-name.ts';
import type { SecretOrigin } from './registry-credentials.ts';

/** A pull secret that has opened an image; the hash stands for its content. */
export interface RecordedSecret extends SecretOrigin { credentialHash: string }
/** By what an image may be used: by all pods of the node, or by those that show one of these secrets. */
export interface RecordedAccess { nodePodsAccessible?: boolean; kubernetesSecrets?: RecordedSecret[] }

interface PulledRecord { kind: 'ImagePulledRecord'; apiVersion: string; lastUpdatedTime: string; imageRef: string; credentialMapping: Record<string, RecordedAccess> }

/** When an image that is on the node must be asked for again by a pod that has not shown its credentials. */
export type VerificationPolicy = 'NeverVerify' | 'NeverVerifyPreloadedImages' | 'NeverVerifyAllowlistedImages' | 'AlwaysVerify';

export interface PullRecordsOptions { dir: string; policy: VerificationPolicy; /** Images, `*` at the end of a path, for NeverVerifyAllowlistedImages. */ preloaded: readonly string[]; clock: Clock }

const API_VERSION = 'kubelet.config.k8s.io/v1beta1';
/** Enough for any image: the oldest give way. */
const SECRETS_MAX = 100;

/**
 * Remembers on disk by which credentials images were pulled, so that a private image that one pod brought to the node does not serve
 * another that has no right to it. The kubelet's own files: `pulling/` holds what has begun, `pulled/` what is there.
 */
export class PullRecords {
  readonly #options: PullRecordsOptions;
  readonly #sequencer = new KeyedSequencer<string>();

  constructor(options: PullRecordsOptions) { this.#options = options; }

  /** Whether the pod must pull an image that is here already, to prove that it may. */
  async mustPull(image: string, imageRef: string, secrets: readonly RecordedSecret[]): Promise<boolean> {
    const record = await this.#read(imageRef);
    const ours = record !== undefined || await this.#pullWasBegun(image);
    if (!requiresVerification(this.#options, image, ours)) return false;
    return record === undefined || !mayAccess(record.credentialMapping[repositoryOf(image)], secrets);
  }

  async begin(image: string): Promise<void> {
    await this.#write('pulling', image, { kind: 'ImagePullIntent', apiVersion: API_VERSION, image });
  }

  async end(image: string): Promise<void> { await rm(this.#file('pulling', image), { force: true }); }

  /** The image is here, opened by that secret; without one it is open to all pods of the node. */
  async pulled(image: string, imageRef: string, secret: RecordedSecret | undefined): Promise<void> {
    await this.#sequencer.run(imageRef, async () => {
      const before = await this.#read(imageRef);
      const repository = repositoryOf(image);
      const access = grant(before?.credentialMapping[repository], secret);
      const record: PulledRecord = { kind: 'ImagePulledRecord', apiVersion: API_VERSION, lastUpdatedTime: toRfc3339(this.#options.clock.now()), imageRef, credentialMapping: { ...before?.credentialMapping, [repository]: access } };
      await this.#write('pulled', imageRef, record);
    });
    await this.end(image);
  }

  /** Drops the records of images that are gone. */
  async keepOnly(imageRefs: ReadonlySet<string>): Promise<void> {
    const dir = path.join(this.#options.dir, 'pulled');
    const kept = new Set([...imageRefs].map(fileName));
    for (const name of await readdir(dir).catch(() => [])) if (!kept.has(name)) await rm(path.join(dir, name), { force: true }); // nothing was ever pulled
  }

  async #pullWasBegun(image: string): Promise<boolean> { return (await readFile(this.#file('pulling', image)).catch(() => undefined)) !== undefined; } // no such file: not begun

  async #read(imageRef: string): Promise<PulledRecord | undefined> {
    const text = await readFile(this.#file('pulled', imageRef), 'utf8').catch(() => undefined); // no such file: not pulled by us
    if (text === undefined) return undefined;
    try { return { ...JSON.parse(text) as PulledRecord }; } catch { return { kind: 'ImagePulledRecord', apiVersion: API_VERSION, lastUpdatedTime: '', imageRef, credentialMapping: {} }; } // damaged: nobody has shown anything
  }

  /** Whole or not at all. */
  async #write(kind: 'pulling' | 'pulled', key: string, record: object): Promise<void> {
    await replaceFile(this.#file(kind, key), JSON.stringify(record), { mode: 0o600, dirMode: 0o700 });
  }

  #file(kind: 'pulling' | 'pulled', key: string): string { return path.join(this.#options.dir, kind, fileName(key)); }
}

const fileName = (key: string): string => `sha256-${createHash('sha256').update(key).digest('hex')}`;
const repositoryOf = (image: string): string => parseImageName(image).repository;

/** @param ours the node agent pulled it, or began to */
export function requiresVerification({ policy, preloaded }: Pick<PullRecordsOptions, 'policy' | 'preloaded'>, image: string, ours: boolean): boolean {
  switch (policy) {
    case 'NeverVerify': return false;
    case 'AlwaysVerify': return true;
    case 'NeverVerifyPreloadedImages': return ours;
    case 'NeverVerifyAllowlistedImages': return ours || !preloaded.some((one) => (one.endsWith('/*') ? repositoryOf(image).startsWith(one.slice(0, -1)) : repositoryOf(image) === one));
  }
}

/** Whether one of the secrets has opened the image before: the same object, or the same content. */
export function mayAccess(access: RecordedAccess | undefined, secrets: readonly RecordedSecret[]): boolean {
  if (access === undefined) return false;
  if (access.nodePodsAccessible === true) return true;
  return (access.kubernetesSecrets ?? []).some((known) => secrets.some((one) => known.credentialHash === one.credentialHash || (known.uid === one.uid && known.namespace === one.namespace && known.name === one.name)));
}

/** Once open to all, always open to all. */
function grant(before: RecordedAccess | undefined, secret: RecordedSecret | undefined): RecordedAccess {
  if (secret === undefined || before?.nodePodsAccessible === true) return { nodePodsAccessible: true };
  const others = (before?.kubernetesSecrets ?? []).filter(({ uid, name, namespace }) => uid !== secret.uid || name !== secret.name || namespace !== secret.namespace);
  return { kubernetesSecrets: [...others, secret].slice(-SECRETS_MAX) };
}
