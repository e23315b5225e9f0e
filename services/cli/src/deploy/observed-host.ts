import { errorMessage } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import type { DesiredHost } from './desired-host.ts';
import { quoteForShell, type HostConnection } from './host-connection.ts';
import { digestDir, hostManifestFile, installDir, parseHostManifest, type HostManifest } from './host-manifest.ts';

/** What a host has, as it was just seen. */
export interface ObservedHost {
  name: string;
  manifest?: HostManifest;
  /** Of files that we put there or would: by path. */
  files: ReadonlyMap<string, { sha256: string; mode: number }>;
  /** Of units of ours. */
  units: ReadonlyMap<string, { active: boolean; enabled: boolean; /** With which configuration it was started; '' when unknown. */ digest: string }>;
  /** Folders below /opt/kubernode that are whole. */
  installed: ReadonlySet<string>;
  arch: string;
  /** The version that `current` leads to; '' without one. */
  current: string;
  /** A member of etcd has data here. */
  hasEtcdData: boolean;
}

/** Marks a folder that was unpacked to its end. */
export const completeMark = '.complete';

/** Asks for everything by one script. `wanted` adds what is not in the manifest yet. */
export async function observeHost(connection: HostConnection, wanted: DesiredHost | undefined, signal: AbortSignal): Promise<ObservedHost> {
  const paths = wanted?.files.map((file) => file.path) ?? [];
  const script = `
set -u
command -v systemctl >/dev/null && [ -d /run/systemd/system ] || { echo "systemd does not run here" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "not root; set ssh.sudo or ssh.user" >&2; exit 1; }
echo "== arch"; uname -m
echo "== manifest"; cat ${hostManifestFile} 2>/dev/null || true
echo; echo "== files"
{ ${paths.length === 0 ? ':' : `printf '%s\\n' ${paths.map(quoteForShell).join(' ')}`}; sed -n 's/^  *"\\(\\/[^"]*\\)": "[0-9a-f]*",*$/\\1/p' ${hostManifestFile} 2>/dev/null; } | sort -u | while read -r f; do
  [ -f "$f" ] && echo "$(sha256sum <"$f" | cut -d' ' -f1) $(stat -c %a "$f") $f"
done
echo "== units"
for u in $(ls /etc/systemd/system 2>/dev/null | grep '^kubernode-.*\\.service$'); do
  echo "$u $(systemctl is-active "$u") $(systemctl is-enabled "$u" 2>/dev/null || echo no) $(cat ${digestDir}/"$u" 2>/dev/null || echo none)"
done
echo "== etcd"; [ -d /var/lib/etcd/member ] && echo data
echo "== current"; readlink ${installDir}/current
echo "== installed"
for d in ${installDir}/* ${installDir}/programs/*; do [ ! -L "$d" ] && [ -f "$d/${completeMark}" ] && echo "\${d#${installDir}/}"; done
true`;
  return parseObservation(connection.host, await connection.must('cannot be looked at', script, { signal }));
}

export function parseObservation(name: string, output: string): ObservedHost {
  const sections = new Map(output.split(/^== /m).slice(1).map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n') + 1)]));
  const lines = (section: string): string[] => (sections.get(section) ?? '').split('\n').filter((line) => line !== '');
  let manifest: HostManifest | undefined;
  try { manifest = parseHostManifest(sections.get('manifest') ?? ''); } catch (error) {
    throw new UserError(`${name}: ${hostManifestFile} is broken (${errorMessage(error)}); restore it from a backup, or remove what is on the host by hand`);
  }
  return {
    name, arch: lines('arch')[0] ?? '', current: lines('current')[0] ?? '', hasEtcdData: lines('etcd').length > 0, ...(manifest !== undefined && { manifest }), installed: new Set(lines('installed')),
    files: new Map(lines('files').map((line) => {
      const [digest = '', mode = '', ...path] = line.split(' ');
      return [path.join(' '), { sha256: digest, mode: parseInt(mode, 8) }];
    })),
    units: new Map(lines('units').map((line) => {
      const [unit = '', active, enabled, ...digest] = line.split(' ');
      return [unit, { active: active === 'active' || active === 'reloading', enabled: enabled === 'enabled', digest: digest.join(' ') === 'none' ? '' : digest.join(' ') }];
    })),
  };
}
