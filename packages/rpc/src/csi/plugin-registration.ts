import type { Clock } from '@kubernode/base';
import { openPluginSocket } from './plugin-socket.ts';

export interface PluginInfo { type: string; name: string; endpoint: string; supportedVersions: readonly string[] }

/** The socket by which a plugin of the node introduces itself. All calls reject with a PluginError. */
export interface PluginRegistration {
  info(): Promise<PluginInfo>;
  /** Tells the plugin what became of it; `error` is empty when it was accepted. */
  notify(status: { pluginRegistered: boolean; error: string }): Promise<void>;
  close(): void;
}

const INFO_TIMEOUT_MS = 1_000;
const NOTIFY_TIMEOUT_MS = 5_000;

export function openPluginRegistration({ socketPath, clock }: { socketPath: string; clock: Clock }): PluginRegistration {
  const socket = openPluginSocket({ endpoint: socketPath, clock, contract: { file: 'pluginregistration/v1/api.proto', service: 'pluginregistration.Registration' } });
  return {
    info: () => socket.call<PluginInfo>('GetInfo', {}, { timeoutMs: INFO_TIMEOUT_MS }),
    async notify(status) { await socket.call('NotifyRegistrationStatus', status, { timeoutMs: NOTIFY_TIMEOUT_MS }); },
    close: () => socket.close(),
  };
}
