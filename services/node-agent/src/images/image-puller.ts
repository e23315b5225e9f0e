import { formatDuration } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { type Clock, errorMessage, Semaphore } from '@kubernode/base';
import type { CriRuntime, ImageInfo } from '../cri/cri-runtime.ts';
import type { PodEvents } from '../events/pod-events.ts';
import { type Container, type Pod, podUid } from '../pod/pod-facts.ts';
import { RestartBackoff } from '../runtime/restart-backoff.ts';
import { StartError } from '../runtime/start-error.ts';
import type { CredentialProviders } from './credential-providers.ts';
import { defaultPullPolicy, parseImageName, withDefaultTag } from './image-name.ts';
import type { ImageMetrics } from './image-metrics.ts';
import type { PullRate } from './pull-rate.ts';
import { explainPullError } from './pull-error.ts';
import type { PullRecords, RecordedSecret } from './pull-records.ts';
import { credentialHash, credentialsFor, type PullCredentials, type RegistryLogins } from './registry-credentials.ts';

export interface ImageRequest { pod: Pod; container: Pick<Container, 'name' | 'image' | 'imagePullPolicy'>; secrets: readonly Readonly<coreV1.Secret>[]; signal: AbortSignal }
export interface ReadyImage { ref: string; info: ImageInfo }

export interface ImagePullerDeps {
  runtime: Pick<CriRuntime, 'image' | 'pullImage'>;
  events: PodEvents;
  clock: Clock;
  /** Pulls side by side. */
  parallelMax?: number;
  rate?: Pick<PullRate, 'take'>;
  records?: Pick<PullRecords, 'mustPull' | 'begin' | 'end' | 'pulled'>;
  /** Logins of the whole node. */
  nodeLogins?: () => Promise<RegistryLogins>;
  providers?: Pick<CredentialProviders, 'provide'>;
  metrics?: Pick<ImageMetrics, 'pulled'>;
}

/** Has the images of containers present on the node, by their pull policy; failed pulls back off by pod and image. */
export class ImagePuller {
  readonly #deps: ImagePullerDeps;
  readonly #backoff = new RestartBackoff();
  readonly #failures = new Map<string, { atMs: number; message: string }>();
  readonly #permits: Semaphore;

  constructor(deps: ImagePullerDeps) {
    this.#deps = deps;
    this.#permits = new Semaphore(deps.parallelMax ?? 1);
  }

  /** Rejects with StartError where the image cannot be had now. */
  async ensure(request: ImageRequest): Promise<ReadyImage> {
    const { pod, container: { name, image: asked = '', imagePullPolicy } } = request;
    const { events } = this.#deps;
    const image = this.#nameOf(request, asked);
    const policy = imagePullPolicy || defaultPullPolicy(asked);
    const present = policy === 'Always' ? undefined : await this.#inspect(request, image);
    if (present !== undefined && !await this.#mustProve(request, image, present)) {
      events.normal(pod, 'Pulled', `Container image "${asked}" already present on machine and can be accessed by the pod`, name);
      return { ref: present.id, info: present };
    }
    if (policy === 'Never') { // also when it is there but not this pod's to use: its presence is not told
      const message = `Container image "${asked}" is not present with pull policy of Never`;
      events.warning(pod, 'ErrImageNeverPull', message, name);
      throw new StartError('ErrImageNeverPull', message);
    }
    return this.#pull(request, image);
  }

  forgetPod(uid: string): void {
    for (const key of [...this.#failures.keys()].filter((one) => one.startsWith(`${uid}_`))) {
      this.#failures.delete(key);
      this.#backoff.forget(key);
    }
  }

  #nameOf({ pod, container }: ImageRequest, asked: string): string {
    try { return withDefaultTag(asked); } catch (error) {
      const message = `Failed to apply default image tag "${asked}": ${errorMessage(error)}`;
      this.#deps.events.warning(pod, 'InspectFailed', message, container.name);
      throw new StartError('InvalidImageName', message, { cause: error });
    }
  }

  async #inspect({ pod, container }: ImageRequest, image: string): Promise<ImageInfo | undefined> {
    try {
      return await this.#deps.runtime.image(image);
    } catch (error) {
      const message = `Failed to inspect image "${image}": ${errorMessage(error)}`;
      this.#deps.events.warning(pod, 'InspectFailed', message, container.name);
      throw new StartError('ImageInspectError', message, { cause: error });
    }
  }

  /** Pods use a private image that is here only by credentials that have opened it. */
  async #mustProve(request: ImageRequest, image: string, present: ImageInfo): Promise<boolean> {
    const { records } = this.#deps;
    if (records === undefined) return false;
    const { repository } = parseImageName(image);
    const secrets = credentialsFor(repository, { secrets: request.secrets, node: [] }).flatMap((one) => recordedSecret(one) ?? []);
    return records.mustPull(image, present.id, secrets);
  }

  async #pull(request: ImageRequest, image: string): Promise<ReadyImage> {
    const { pod, container, signal } = request;
    this.#checkBackoff(request, image);
    this.#deps.events.normal(pod, 'Pulling', `Pulling image "${image}"`, container.name);
    const askedMs = this.#deps.clock.monotonicNow();
    try {
      const { ready, pullMs } = await this.#permits.run(() => this.#pullNow(request, image), { signal });
      const totalMs = this.#deps.clock.monotonicNow() - askedMs;
      this.#deps.events.normal(pod, 'Pulled', `Successfully pulled image "${image}" in ${formatDuration(Math.floor(pullMs))} (${formatDuration(Math.floor(totalMs))} including waiting). Image size: ${ready.info.sizeBytes} bytes.`, container.name);
      this.#deps.metrics?.pulled(ready.info.sizeBytes, totalMs / 1000);
      this.#failures.delete(keyOf(pod, image));
      return ready;
    } catch (error) {
      if (signal.aborted) throw error;
      throw this.#failed(request, image, error);
    }
  }

  #checkBackoff({ pod, container }: ImageRequest, image: string): void {
    const key = keyOf(pod, image);
    const failure = this.#failures.get(key);
    const pending = failure && this.#backoff.pending(key, { eventMs: failure.atMs, nowMs: this.#deps.clock.now() });
    if (failure === undefined || pending === undefined) return;
    this.#deps.events.normal(pod, 'BackOff', `Back-off pulling image "${image}"`, container.name);
    throw new StartError('ImagePullBackOff', `Back-off pulling image "${image}": ${failure.message}`, { retryAtMs: pending.untilMs });
  }

  /** With each of the credentials until one opens the image; without any when there are none. */
  async #pullNow({ pod, secrets, signal }: ImageRequest, image: string): Promise<{ ready: ReadyImage; pullMs: number }> {
    const { runtime, rate, records, clock, providers, nodeLogins } = this.#deps;
    if (rate?.take() === false) throw new Error('pull QPS exceeded');
    const { repository } = parseImageName(image);
    const node = [await nodeLogins?.() ?? {}, ...await providers?.provide(image, { pod, signal }) ?? []];
    const candidates = credentialsFor(repository, { secrets, node });
    const startMs = clock.monotonicNow();
    await records?.begin(image);
    try {
      const { ref, used } = await firstThatOpens(runtime, image, { candidates, signal });
      const info = await runtime.image(ref) ?? await runtime.image(image);
      if (info === undefined) throw new Error(`image "${image}" vanished after it was pulled`);
      await records?.pulled(image, info.id, used && recordedSecret(used));
      return { ready: { ref, info }, pullMs: clock.monotonicNow() - startMs };
    } catch (error) {
      await records?.end(image);
      throw error;
    }
  }

  #failed({ pod, container }: ImageRequest, image: string, error: unknown): StartError {
    const { events, clock } = this.#deps;
    const key = keyOf(pod, image);
    const nowMs = clock.now();
    events.warning(pod, 'Failed', `Failed to pull image "${image}": ${errorMessage(error)}`, container.name);
    const { reason, message } = explainPullError(image, errorMessage(error));
    this.#backoff.advance(key, { eventMs: nowMs, nowMs });
    this.#failures.set(key, { atMs: nowMs, message: `${reason}: ${message}` });
    const retryAtMs = this.#backoff.pending(key, { eventMs: nowMs, nowMs })?.untilMs;
    return new StartError(reason, message, { cause: error, ...(retryAtMs !== undefined && { retryAtMs }) });
  }
}

const keyOf = (pod: Pod, image: string): string => `${podUid(pod)}_${image}`;

interface Attempts { candidates: readonly PullCredentials[]; signal: AbortSignal }

async function firstThatOpens(runtime: ImagePullerDeps['runtime'], image: string, { candidates, signal }: Attempts): Promise<{ ref: string; used: PullCredentials | undefined }> {
  if (candidates.length === 0) return { ref: await runtime.pullImage(image, { signal }), used: undefined };
  const failures: unknown[] = [];
  for (const used of candidates) {
    try {
      const { origin: _, ...login } = used;
      return { ref: await runtime.pullImage(image, { signal, auth: { ...login, serverAddress: '' } }), used };
    } catch (error) {
      if (signal.aborted) throw error;
      failures.push(error);
    }
  }
  const messages = [...new Set(failures.map(errorMessage))];
  throw new Error(messages.length === 1 ? messages[0] : `[${messages.join(', ')}]`, { cause: failures[0] });
}

function recordedSecret(credentials: PullCredentials): RecordedSecret | undefined {
  return credentials.origin && { ...credentials.origin, credentialHash: credentialHash(credentials) };
}
