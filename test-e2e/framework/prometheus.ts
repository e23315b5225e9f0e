import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { start, run, type Result } from './run.ts';

const UNPACKED = path.join(process.env['PROMETHEUS_DIR'] ?? path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'kubernode/prometheus'), 'usr/bin');

/** promtool or prometheus: of the host, or where hack/install-prometheus unpacked it; undefined where there is neither. */
export function prometheusProgram(name: 'promtool' | 'prometheus'): string | undefined {
  return [...(process.env['PATH'] ?? '').split(':'), UNPACKED].map((dir) => path.join(dir, name)).find((file) => existsSync(file));
}

export interface Series { metric: Readonly<Record<string, string>>; value: [number, string] }
export interface Alert { labels: Readonly<Record<string, string>>; annotations: Readonly<Record<string, string>>; state: 'pending' | 'firing' }
interface Target { labels: Readonly<Record<string, string>>; health: string; lastError: string; scrapeUrl: string }

/** A Prometheus with a folder of its own: `prometheus.yml`, `rules/` and its data. */
export class PrometheusServer {
  readonly dir: string;
  readonly #port: number;
  #process: ReturnType<typeof start> | undefined;

  constructor(dir: string, port: number) {
    this.dir = dir;
    this.#port = port;
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(this.dir, name)), { recursive: true });
      writeFileSync(path.join(this.dir, name), text, { mode: 0o600 });
    }
  }

  check(): Promise<Result> { return run(prometheusProgram('promtool') ?? '', ['check', 'config', path.join(this.dir, 'prometheus.yml')]); }

  start(): void {
    this.#process = start(prometheusProgram('prometheus') ?? '', [`--config.file=${this.dir}/prometheus.yml`, `--storage.tsdb.path=${this.dir}/data`, `--web.listen-address=127.0.0.1:${this.#port}`, '--log.level=warn']);
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  output(): string { return this.#process?.output() ?? ''; }

  /** An instant query's series. Rejects with what Prometheus says is wrong. */
  async query(expr: string): Promise<readonly Series[]> { return (await this.#ask<{ result: Series[] }>('query', { query: expr })).result; }
  /** The labels that series of a selector have; none where there are no series. Of the index alone, so that it costs little. */
  labelNames(selector: string): Promise<readonly string[]> { return this.#ask<string[]>('labels', { 'match[]': selector }); }
  labelValues(label: string, selector: string): Promise<readonly string[]> { return this.#ask<string[]>(`label/${label}/values`, { 'match[]': selector }); }
  async alerts(): Promise<readonly Alert[]> { return (await this.#ask<{ alerts: Alert[] }>('alerts')).alerts; }
  async targets(): Promise<readonly Target[]> { return (await this.#ask<{ activeTargets: Target[] }>('targets', { state: 'active' })).activeTargets; }

  async #ask<T>(what: string, parameters: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/api/v1/${what}?${new URLSearchParams(parameters).toString()}`, { signal: AbortSignal.timeout(20_000) });
    const { status, data, error } = await response.json() as { status: string; data: T; error?: string }; // Prometheus' envelope
    if (status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${error ?? response.status}`);
    return data;
  }
}
