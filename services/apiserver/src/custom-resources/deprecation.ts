import { compareVersions } from '../discovery/version-order.ts';
import type { Definition, DefinitionVersion } from './definition.ts';

/** What users of a deprecated version are told. */
export function deprecationWarning({ spec }: Readonly<Definition>, version: DefinitionVersion): string | undefined {
  if (version.deprecated !== true) return undefined;
  if (version.deprecationWarning !== undefined) return version.deprecationWarning;
  const named = (name: string): string => `${spec.group}/${name} ${spec.names.kind}`;
  const [better] = spec.versions.filter(({ name, served, deprecated }) => served && deprecated !== true && compareVersions(name, version.name) < 0).map(({ name }) => name).sort(compareVersions);
  return `${named(version.name)} is deprecated${better === undefined ? '' : `; use ${named(better)}`}`;
}
