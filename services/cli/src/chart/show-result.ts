import { describePlan, parseManifest, splitManifest, type Release, type ReleaseResult } from '@kubernode/helm';
import { formatOutput } from './output-format.ts';
import { releaseData, showStatus } from './show-releases.ts';

export interface ResultFlags { output: string; o: string | undefined; 'dry-run': string; 'hide-notes': boolean; 'hide-secret': boolean }

const DRY_RUN_DESCRIPTION = 'Dry run complete';

/** What an install or upgrade says at its end; of a dry run all that would be. */
export function showResult({ release, actions }: ReleaseResult, flags: ResultFlags): string {
  const dry = flags['dry-run'] !== 'none' && flags['dry-run'] !== 'false';
  const shown = flags['hide-secret'] ? withoutSecrets(release) : release;
  const notes = !flags['hide-notes'];
  const plan = dry ? `PLAN: ${describePlan(actions)}\n` : '';
  return formatOutput(flags.o ?? flags.output, { data: releaseData(shown, { withChart: true }), table: () => plan + showStatus(shown, { notes, manifest: dry || release.info.description === DRY_RUN_DESCRIPTION }) });
}

/** Secrets as Helm leaves them out of what it prints. */
function withoutSecrets(release: Release): Release {
  const manifest = splitManifest(release.manifest).map(({ source, content }) => {
    const isSecret = parseManifest(content).some(({ object }) => object['kind'] === 'Secret');
    return isSecret ? `---\n# Source: ${source}\n# HIDDEN: The Secret output has been suppressed\n` : `---\n${content}\n`;
  }).join('');
  return { ...release, manifest };
}
