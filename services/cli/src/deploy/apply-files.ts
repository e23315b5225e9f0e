import { tarArchive, type TarEntry } from '../images/tar-archive.ts';
import { completeMark } from './observed-host.ts';
import type { BundlePart } from './bundle-manifest.ts';
import { quoteForShell, type HostConnection } from './host-connection.ts';
import { hostManifestFile, hostStateDir, installDir, type HostManifest } from './host-manifest.ts';
import type { HostPlan } from './plan-host.ts';

/** Files are put beside their place under this ending and moved there when all have come. */
const BESIDE = '.kubernode-new';
const PLACE_SCRIPT = `${hostStateDir}/place.sh`;

/** Unpacks what a host lacks of a bundle. A folder counts once it has its mark, so an interruption leaves none that looks whole. */
export async function copyParts(connection: HostConnection, { parts, bundleFile, signal }: { parts: readonly BundlePart[]; bundleFile: string; signal: AbortSignal }): Promise<void> {
  for (const part of parts) {
    const dir = `${installDir}/${part.dir}`;
    const unpack = `set -e; umask 022; rm -rf ${dir}.part; mkdir -p ${dir}.part; trap 'rm -rf ${dir}.part' EXIT
mkfifo ${dir}.part/.sum; sha256sum <${dir}.part/.sum >${dir}.part/.digest & tee ${dir}.part/.sum | tar -xz -C ${dir}.part --no-same-owner; wait
grep -q '^${part.sha256} ' ${dir}.part/.digest || { echo "the archive ${part.archive} did not come whole" >&2; exit 1; }
rm ${dir}.part/.sum ${dir}.part/.digest; rm -rf ${dir}; touch ${dir}.part/${completeMark}; mv ${dir}.part ${dir}`;
    await connection.pipe(`copying ${part.archive}`, ['tar', '-xOf', bundleFile, part.archive], unpack, { signal });
  }
}

/** Writes a host's files, each whole or not at all, and removes those that do not belong there any more. What is ours is written down first. */
export async function applyFiles(connection: HostConnection, plan: HostPlan, { before, signal }: { before: HostManifest | undefined; signal: AbortSignal }): Promise<void> {
  if (plan.writes.length + plan.removes.length === 0 && !plan.manifestChanges) return;
  const during: HostManifest = { ...plan.manifest, ...(before?.version !== undefined && { version: before.version }), files: { ...before?.files, ...plan.manifest.files }, units: [...new Set([...before?.units ?? [], ...plan.manifest.units])], data: [...new Set([...before?.data ?? [], ...plan.manifest.data])], state: [...new Set([...before?.state ?? [], ...plan.manifest.state])] };
  await writeManifest(connection, during, signal);
  if (plan.writes.length + plan.removes.length === 0) return;
  const place = [
    'set -e', ...plan.writes.map(({ path }) => `mv -f ${quoteForShell(path + BESIDE)} ${quoteForShell(path)}`),
    ...plan.removes.map((path) => `rm -f ${quoteForShell(path)}; rmdir -p --ignore-fail-on-non-empty ${quoteForShell(path.slice(0, path.lastIndexOf('/')))} 2>/dev/null || true`), `rm -f ${PLACE_SCRIPT}`, '',
  ].join('\n');
  const entries: TarEntry[] = [
    ...plan.writes.map(({ path, mode, content }) => ({ path: `${path.slice(1)}${BESIDE}`, mode, body: Buffer.from(content) })), { path: PLACE_SCRIPT.slice(1), mode: 0o600, body: Buffer.from(place) },
  ];
  const folders = [...new Set(plan.writes.map(({ path }) => path.slice(0, path.lastIndexOf('/'))))];
  // folders of keys are closed to others before anything comes into them
  const script = `set -e; umask 022; mkdir -p ${folders.map(quoteForShell).join(' ')} ${hostStateDir}; umask 077; tar -xp --no-overwrite-dir --no-same-owner -C / -f - && sh ${PLACE_SCRIPT}`;
  await connection.must('writing files', script, { input: tarArchive(entries), signal });
}

/** What the host remembers once it is as planned. */
export async function writeManifest(connection: HostConnection, manifest: HostManifest, signal: AbortSignal): Promise<void> {
  const script = `set -e; umask 077; mkdir -p -m 0755 ${hostStateDir}; cat >${hostManifestFile}.new; mv -f ${hostManifestFile}.new ${hostManifestFile}`;
  await connection.must('writing the manifest', script, { input: `${JSON.stringify(manifest, null, 1)}\n`, signal });
}

/** The version's folder is the current one, `kubernode` is on the path, and what only older versions needed goes. */
export async function finishHost(connection: HostConnection, plan: HostPlan, signal: AbortSignal): Promise<void> {
  const { version } = plan.manifest;
  const script = `set -e
ln -sfn ${version} ${installDir}/current.new; mv -fT ${installDir}/current.new ${installDir}/current
[ -e /usr/local/bin/kubernode ] && [ ! -L /usr/local/bin/kubernode ] || { mkdir -p /usr/local/bin 2>/dev/null && ln -sfn ${installDir}/current/bin/kubernode /usr/local/bin/kubernode; } 2>/dev/null || true
${plan.prunes.map((dir) => `rm -rf ${installDir}/${dir}`).join('\n')}
for p in ${installDir}/programs/*; do [ -d "$p" ] || continue; grep -qsx "programs/\${p##*/}" ${installDir}/*/programs.list || rm -rf "$p"; done`;
  await connection.must('finishing', script, { signal });
  await writeManifest(connection, plan.manifest, signal);
}
