import { type FSWatcher, watch } from 'node:fs';
import { lstat, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, errorMessage, WakeUp } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { openPluginRegistration, type PluginInfo } from '@kubernode/rpc';
import { computeRegistrations, type FoundSocket, type RegisteredSocket } from './compute-registrations.ts';

export interface PluginHandler {
  /** Rejects for a plugin that is not accepted; why is told to the plugin. */
  register(plugin: PluginInfo): Promise<void>;
  unregister(name: string): Promise<void>;
}

export interface PluginWatcherDeps {
  /** `plugins_registry` of the node agent's root directory. */
  dir: string;
  /** By the plugins' type. */
  handlers: Readonly<Record<string, PluginHandler>>;
  clock: Clock;
  logger: Logger;
}

/** Sockets and directories that are looked at, at most; others are left alone. */
const SOCKETS_MAX = 256;
const DEPTH_MAX = 3;
const RETRY_INITIAL_MS = 500;
const RETRY_MAX_MS = 122_000;
/** A directory whose changes go unheard is looked at this often all the same. */
const RESCAN_MS = 600_000;

/** Registers the plugins whose sockets lie in a directory, for as long as they do. */
export class PluginWatcher {
  readonly #deps: PluginWatcherDeps;
  readonly #bell = new WakeUp();
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #failures = new Map<string, { count: number; retryAtMs: number }>();
  #registered: RegisteredSocket[] = [];

  constructor(deps: PluginWatcherDeps) { this.#deps = deps; }

  async run(signal: AbortSignal): Promise<void> {
    const { dir, clock, logger } = this.#deps;
    await mkdir(dir, { recursive: true, mode: 0o750 });
    try {
      while (!signal.aborted) {
        try { await this.#reconcile(signal); } catch (error) { logger.warn('cannot look for plugins', { dir, error: errorMessage(error) }); }
        await this.#bell.heardWithin({ clock, ms: this.#nextLookMs() }, signal);
      }
    } finally {
      for (const watcher of this.#watchers.values()) watcher.close();
    }
  }

  async #reconcile(signal: AbortSignal): Promise<void> {
    const found = await this.#scan(this.#deps.dir, 0);
    const retryAtMs = new Map([...this.#failures].map(([socket, failure]) => [socket, failure.retryAtMs]));
    const { register, unregister } = computeRegistrations({ found, registered: this.#registered, retryAtMs, nowMs: this.#deps.clock.monotonicNow() });
    for (const socket of this.#failures.keys()) if (!found.some((one) => one.path === socket)) this.#failures.delete(socket);
    for (const one of unregister) await this.#unregister(one);
    for (const one of register) if (!signal.aborted) await this.#register(one);
  }

  /** Watches directories as it comes by, so that nothing that appears later is missed. */
  async #scan(dir: string, depth: number): Promise<FoundSocket[]> {
    if (!this.#watchers.has(dir) && this.#watchers.size < SOCKETS_MAX) this.#watch(dir);
    const found: FoundSocket[] = [];
    for (const name of (await readdir(dir)).slice(0, SOCKETS_MAX)) {
      if (name.startsWith('.')) continue;
      const file = path.join(dir, name);
      const stats = await lstat(file).catch(() => undefined); // gone meanwhile
      if (stats?.isSocket() === true) found.push({ path: file, identity: `${stats.ino}/${stats.birthtimeMs}` });
      if (stats?.isDirectory() === true && depth < DEPTH_MAX) found.push(...await this.#scan(file, depth + 1).catch(() => [])); // gone meanwhile
    }
    return found;
  }

  #watch(dir: string): void {
    const watcher = watch(dir, () => this.#bell.ring());
    const forget = (): void => { watcher.close(); this.#watchers.delete(dir); this.#bell.ring(); };
    watcher.on('error', forget);
    this.#watchers.set(dir, watcher);
  }

  async #unregister(socket: RegisteredSocket): Promise<void> {
    this.#registered = this.#registered.filter((one) => one !== socket);
    const [type = '', name = ''] = socket.plugin.split('/');
    await this.#deps.handlers[type]?.unregister(name).catch((error: unknown) => { this.#deps.logger.warn('cannot let go of a plugin', { plugin: name, error: errorMessage(error) }); });
  }

  async #register(socket: FoundSocket): Promise<void> {
    const { clock, logger } = this.#deps;
    try {
      const plugin = await this.#introduce(socket.path);
      this.#registered.push({ ...socket, plugin });
      this.#failures.delete(socket.path);
      logger.info('registered a plugin', { plugin, socket: socket.path });
    } catch (error) {
      const count = (this.#failures.get(socket.path)?.count ?? 0) + 1;
      this.#failures.set(socket.path, { count, retryAtMs: clock.monotonicNow() + Math.min(RETRY_INITIAL_MS * 2 ** (count - 1), RETRY_MAX_MS) });
      logger.warn('cannot register a plugin', { socket: socket.path, error: errorMessage(error) });
    }
  }

  /** Asks who is there and tells it what became of it. Resolves to `TYPE/NAME`. */
  async #introduce(socketPath: string): Promise<string> {
    const registration = openPluginRegistration({ socketPath, clock: this.#deps.clock });
    try {
      const info = await registration.info();
      const handler = this.#deps.handlers[info.type];
      try {
        if (handler === undefined) throw new Error(`RegisterPlugin error -- no handler registered for plugin type: ${info.type} at socket ${socketPath}`);
        await handler.register({ ...info, endpoint: info.endpoint === '' ? socketPath : info.endpoint });
      } catch (error) {
        await registration.notify({ pluginRegistered: false, error: errorMessage(error) });
        throw error;
      }
      await registration.notify({ pluginRegistered: true, error: '' }).catch(async (error: unknown) => { await handler.unregister(info.name); throw error; });
      return `${info.type}/${info.name}`;
    } finally { registration.close(); }
  }

  #nextLookMs(): number {
    const nowMs = this.#deps.clock.monotonicNow();
    return Math.max(1, Math.min(RESCAN_MS, ...[...this.#failures.values()].map(({ retryAtMs }) => retryAtMs - nowMs)));
  }
}
