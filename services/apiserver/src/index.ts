/**
 * The API server: Kubernetes' HTTPS API and the ControlPlane gRPC service over one pipeline, on etcd.
 * Guarantees: stateless, so any number of replicas serve the same cluster; no write is acknowledged before etcd has it; bad input gets
 * Kubernetes' own Status and never ends the process. Non-goals: controllers, scheduling and anything that acts on its own.
 */
import type { Command } from '@kubernode/component-base';
import { apiServerCommand } from './app/command.ts';

export type { AdmissionExtension, CreateAdmissionExtension, ExtensionAttributes, ExtensionHost } from './admission/extension/admission-extension.ts';

export { startEmbeddedServer, type EmbeddedServer, type EmbeddedServerOptions, type EmbeddedUser } from './embedded/embedded-server.ts';

export const commands: readonly Command[] = [apiServerCommand];
