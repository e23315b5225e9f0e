import path from 'node:path';
import type { Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import type { PodEvents } from '../events/pod-events.ts';
import { CredentialProviders, readCredentialProviders } from '../images/credential-providers.ts';
import { createImageMetrics, type ImageMetrics } from '../images/image-metrics.ts';
import { ImagePuller } from '../images/image-puller.ts';
import { PullRate } from '../images/pull-rate.ts';
import { PullRecords } from '../images/pull-records.ts';
import { nodeRegistries } from '../images/registry-config.ts';
import type { NodeConfig } from './node-config.ts';

export interface ImagesDeps { config: Pick<NodeConfig, 'images' | 'rootDir'>; runtime: CriRuntime; registry: Registry; events: PodEvents; clock: Clock; logger: Logger }
export interface ImageParts { puller: ImagePuller; records: PullRecords; metrics: ImageMetrics }

/** What has to do with getting images. */
export async function assembleImages({ config: { images, rootDir }, runtime, registry, events, clock, logger }: ImagesDeps): Promise<ImageParts> {
  const metrics = createImageMetrics(registry);
  const records = new PullRecords({ dir: path.join(rootDir, 'image_manager'), policy: images.verification, preloaded: images.preloaded, clock });
  const { configFile, binDir } = images.providers;
  const providers = configFile === '' ? undefined : new CredentialProviders({ providers: await readCredentialProviders(configFile), binDir, clock, logger });
  const puller = new ImagePuller({
    runtime, events, clock, records, metrics, parallelMax: images.pulls.parallelMax, rate: new PullRate({ ...images.pulls, clock }), nodeLogins: () => nodeRegistries(rootDir), ...(providers && { providers }),
  });
  return { puller, records, metrics };
}
