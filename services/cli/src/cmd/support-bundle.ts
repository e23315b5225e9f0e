import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { errorMessage, timeLimit } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { optionTable, parseOptions, replaceFile, UsageError, type Command, type CommandContext } from '@kubernode/component-base';
import { loadClusterConfig, type ClusterConfig } from '../cluster/cluster-config.ts';
import { layoutOf, type Layout } from '../cluster/layout.ts';
import { planInput } from '../cluster/plan-input.ts';
import { planProcesses } from '../cluster/process-plan.ts';
import { openUserAccess } from '../cluster/user-access.ts';
import type { Collected, Section } from '../support/section.ts';
import { accessOptions, type AccessOptions } from './access-options.ts';
import { dirOption } from './cluster-options.ts';
import { createProgress, type Progress } from './progress.ts';

const options = {
  ...dirOption, ...accessOptions,
  ...optionTable({
    since: { kind: 'duration', help: 'only logs and events of this long ago until now', placeholder: 'DURATION' },
    output: { kind: 'string', help: 'the file to write (default kubernode-support-TIME.tar.gz here)', placeholder: 'FILE' },
  }),
};
/** How long the API may take to show that it is there. */
const API_MS = 10_000;

/** One archive with all that somebody needs who is to find a fault from afar, and nothing that is secret. */
export const supportBundleCommand: Command = {
  name: 'support-bundle', summary: 'write logs, configuration, health, figures and objects into one archive, without secrets', options,
  async run(context) {
    const { options: given, positionals } = parseOptions(options, context.args);
    if (positionals[0] !== undefined) throw new UsageError(`unexpected argument: ${positionals[0]}`);
    const { clock, stdout, signal } = context;
    const sinceMs = given.since === undefined ? undefined : clock.now() - given.since;
    const layout = layoutOf(given.dir);
    const config = loadClusterConfig(layout.configFile);
    const progress = createProgress({ out: stdout, clock });
    const parts = { layout, config, context, sinceMs, progress };
    const local = await progress.step('this host: logs, configuration, health, figures', () => collectLocal(parts));
    const remote = await collectApi(parts, given);
    const file = given.output ?? `kubernode-support-${new Date(clock.now()).toISOString().replaceAll(/[:.]/g, '-')}.tar.gz`; // of a given time
    await progress.step(`archive ${file}`, () => write(file, [local, remote]));
    const faults = [...local.faults, ...remote.faults];
    stdout.write(`${local.files.length + remote.files.length} files${faults.length === 0 ? '' : `; ${faults.length} could not be had (missing.txt in the archive says why)`}. Look through it before you hand it on: names of objects and hosts are in it.\n`);
    if (signal.aborted) return 1;
    return 0;
  },
};

interface Parts { layout: Layout; config: ClusterConfig | undefined; context: CommandContext; sinceMs: number | undefined; progress: Progress }

async function collectLocal({ layout, config, context, sinceMs }: Parts): Promise<Collected> {
  const [{ clusterSections, hostSections }, { componentSections }, { collect }] = await Promise.all([import('../support/host-sections.ts'), import('../support/component-sections.ts'), import('../support/collect.ts')]);
  const processes = config === undefined ? [] : planProcesses(planInput({ config, layout, context }));
  const [certFile, keyFile] = [layout.pki('admin.crt'), layout.pki('admin.key')];
  const credentials = existsSync(certFile) && existsSync(keyFile) ? { cert: readFileSync(certFile), key: readFileSync(keyFile) } : undefined;
  return collect([...hostSections(context.env), ...clusterSections(layout, { config, sinceMs, env: context.env }), ...componentSections(processes, credentials)], context);
}

/** An API that is down is one line in the bundle, not the end of it. */
async function collectApi({ context, sinceMs, progress }: Parts, given: AccessOptions & { readonly dir: string }): Promise<Collected> {
  const [{ apiSections }, { collect }] = await Promise.all([import('../support/api-sections.ts'), import('../support/collect.ts')]);
  const { clock, rng, signal, env } = context;
  let client: Client | undefined;
  try {
    const answering = openUserAccess(given, { env, clock, rng, userAgent: 'kubernode-support-bundle' }).client;
    client = answering;
    return await progress.step('the API: health, figures, objects, events', async () => {
      using limit = timeLimit({ clock, ms: API_MS }, signal);
      const sections: Section[] = await apiSections(answering, { sinceMs, clock, signal: limit.signal });
      return collect(sections, { clock, signal });
    });
  } catch (error) {
    if (signal.aborted) throw error;
    return { files: [], faults: [`api: ${errorMessage(error)}`] };
  } finally { client?.close(); }
}

async function write(file: string, parts: readonly Collected[]): Promise<void> {
  const { tarArchive } = await import('../images/tar-archive.ts');
  const faults = parts.flatMap(({ faults: some }) => some);
  const files = [...parts.flatMap(({ files: some }) => some), ...(faults.length === 0 ? [] : [{ path: 'missing.txt', text: `${faults.join('\n')}\n` }])];
  const archive = tarArchive(files.map(({ path, text }) => ({ path: `support/${path}`, mode: 0o600, body: Buffer.from(text) })));
  await replaceFile(file, await promisify(gzip)(archive), { mode: 0o600 });
}
