import { GoObject, Int, type GoMethod, type Value } from '../values/value.ts';
import { define, type FunctionTable } from '../template/go-function.ts';
import { compareVersions, formatVersion, parseVersion, satisfies, type Version } from './semver.ts';

export const semverFunctions: FunctionTable = {
  semver: define(['string'], (text) => new VersionValue(parseVersion(text))),
  semverCompare: define(['string', 'string'], (constraints, version) => satisfies(() => parseVersion(version), constraints)),
};

/** What `semver` gives: `(semver "1.2.3").Minor`. */
class VersionValue extends GoObject {
  readonly goType = '*semver.Version';
  readonly goKind = 'ptr';
  readonly #version: Version;

  constructor(version: Version) { super(); this.#version = version; }

  member(name: string): GoMethod | undefined {
    const version = this.#version;
    const method = (call: () => Value): GoMethod => ({ params: [], call });
    switch (name) {
      case 'Major': return method(() => new Int(version.major, 'uint64'));
      case 'Minor': return method(() => new Int(version.minor, 'uint64'));
      case 'Patch': return method(() => new Int(version.patch, 'uint64'));
      case 'Prerelease': return method(() => version.prerelease);
      case 'Metadata': return method(() => version.metadata);
      case 'Original': return method(() => version.original);
      case 'String': return method(() => formatVersion(version));
      case 'IncMajor': return method(() => new VersionValue({ ...version, major: version.major + 1n, minor: 0n, patch: 0n, prerelease: '', metadata: '' }));
      case 'IncMinor': return method(() => new VersionValue({ ...version, minor: version.minor + 1n, patch: 0n, prerelease: '', metadata: '' }));
      case 'IncPatch': return method(() => new VersionValue({ ...version, patch: version.prerelease === '' ? version.patch + 1n : version.patch, prerelease: '', metadata: '' }));
      case 'Compare': return { params: ['any'], call: ([other = null]) => new Int(other instanceof VersionValue ? compareVersions(version, other.#version) : 0) };
      default: return undefined;
    }
  }

  format(): string { return formatVersion(this.#version); }
  toPlain(): Value { return this.format(); }
}
