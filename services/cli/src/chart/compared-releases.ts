import { UsageError, type CommandContext } from '@kubernode/component-base';
import { prepareUpgrade, ReleaseError, type Release, type ReleaseEnvironment } from '@kubernode/helm';
import { readChartInputs, type ValueFlags } from './chart-inputs.ts';
import { valuePolicy } from './release-flags.ts';

type Compared = Pick<Release, 'manifest' | 'hooks'>;

export interface UpgradeToCompare {
  name: string;
  reference: string;
  flags: ValueFlags & Parameters<typeof valuePolicy>[0] & { 'skip-schema-validation': boolean; 'render-subchart-notes': boolean };
  context: CommandContext;
}

/** What is deployed, and what an upgrade would make of it. */
export async function upgradeToCompare(environment: ReleaseEnvironment, { name, reference, flags, context }: UpgradeToCompare): Promise<{ before: Compared; after: Compared }> {
  const inputs = await readChartInputs(reference, flags, context);
  const { current, next } = await prepareUpgrade(environment, {
    ...inputs, name, valuePolicy: valuePolicy(flags), dryRun: 'server', labels: {}, skipSchema: flags['skip-schema-validation'], subNotes: flags['render-subchart-notes'], atomic: false,
    cleanupOnFail: false, takeOwnership: false, method: 'merge', forceConflicts: false, historyMax: 0, timeoutMs: 0, wait: false, waitForJobs: false, hooks: false,
  });
  return { before: current, after: next };
}

/** Two revisions, the second being the last where it is not named. */
export async function revisionsToCompare({ store, signal }: ReleaseEnvironment, name: string, revisions: readonly string[]): Promise<{ before: Compared; after: Compared }> {
  const [from, to] = revisions.map(Number);
  if (from === undefined || revisions.length > 2 || !revisions.every((revision) => /^[1-9]\d*$/.test(revision))) throw new UsageError('--revision: want one or two revisions, such as 2 or 2,3');
  const [before, after] = [await store.get(name, from, { signal }), to === undefined ? await store.last(name, { signal }) : await store.get(name, to, { signal })];
  if (before.version === after.version) throw new ReleaseError(`revision ${from} is the last one; name another`);
  return { before, after };
}
