import type { Clock, Rng } from '@kubernode/base';
import { newUid } from '@kubernode/apimachinery';
import type { Logger } from '@kubernode/component-base';
import type { StorageBackend } from '@kubernode/storage';
import type { ObjectSources, ObjectWriter } from '../endpoints/endpoint.ts';
import type { ResourceRegistry } from '../registry/resource-registry.ts';
import type { ResourceStorage } from '../registry/served-resource.ts';
import type { HookClient } from '../webhook-client/hook-client.ts';
import { ApiServiceSync } from './api-service-sync.ts';
import { webhookConverter } from './conversion/webhook-converter.ts';
import { CustomResources } from './custom-resources.ts';
import { DefinitionController } from './definition-controller.ts';

export interface CustomResourcesParts {
  backend: StorageBackend;
  registry: ResourceRegistry;
  sources: ObjectSources;
  writer: ObjectWriter;
  storageOf(resource: { group: string; resource: string }): ResourceStorage | undefined;
  spawn(task: (signal: AbortSignal) => Promise<void>): void;
  hookClient: HookClient;
  clock: Clock;
  rng: Rng;
  logger: Logger;
}

/** Everything that makes definitions into resources. */
export function setUpCustomResources({ backend, registry, sources, writer, storageOf, spawn, hookClient, clock, rng, logger }: CustomResourcesParts): CustomResources {
  const webhooks = { client: hookClient, newId: () => newUid(rng) };
  const customResources = new CustomResources({ backend, registry, sources, spawn, logger, webhookConverter: (definition) => webhookConverter(definition, webhooks) });
  const controller = new DefinitionController({ sources, writer, storageOf, instancesOf: (name) => customResources.storageOf(name), clock, logger });
  const apiServices = new ApiServiceSync({ sources, writer, clock, logger });
  spawn((signal) => controller.run(signal));
  spawn((signal) => apiServices.run(signal));
  return customResources;
}
