import { version } from './kubernetes-version.ts';
import { fromBytes } from '../values/byte-string.ts';
import { formatValue } from '../values/format-go.ts';
import { Bytes, getter, GoStruct } from '../values/go-struct.ts';
import { fromPlain, GoObject, listOf, mapOf, stringList, type GoMap, type GoMethod, type Value } from '../values/value.ts';
import type { ChartFile, ChartMetadata } from '../chart/chart.ts';
import { globPattern } from '../chart/file-pattern.ts';
import { yamlOf } from '../functions/encoding-functions.ts';
import type { RenderCapabilities } from './rendered-chart.ts';

/** `.Chart`: Chart.yaml under Go's names. */
export function chartObject(metadata: ChartMetadata, isRoot: boolean): GoStruct {
  const list = (items: readonly string[] | undefined): Value => (items === undefined ? [] : stringList(items));
  return new GoStruct({
    goType: 'struct { chart.Metadata; IsRoot bool }',
    fields: {
      Name: metadata.name, Home: metadata.home ?? '', Sources: list(metadata.sources), Version: metadata.version, Description: metadata.description ?? '', Keywords: list(metadata.keywords),
      Maintainers: listOf('*chart.Maintainer', (metadata.maintainers ?? []).map(({ name = '', email = '', url = '' }) => new GoStruct({ goType: '*chart.Maintainer', goKind: 'ptr', fields: { Name: name, Email: email, URL: url }, json: { Name: 'name', Email: 'email', URL: 'url' } }))),
      Icon: metadata.icon ?? '', APIVersion: metadata.apiVersion, Condition: metadata.condition ?? '', Tags: metadata.tags ?? '', AppVersion: metadata.appVersion ?? '', Deprecated: metadata.deprecated ?? false,
      Annotations: mapOf('map[string]string', fromPlain(metadata.annotations ?? {}) as GoMap), // an object's value is a map
      KubeVersion: metadata.kubeVersion ?? '', Dependencies: listOf('*chart.Dependency', (metadata.dependencies ?? []).map(dependencyObject)), Type: metadata.type ?? '', IsRoot: isRoot,
    },
    json: { Name: 'name', Home: 'home', Version: 'version', Description: 'description', Icon: 'icon', APIVersion: 'apiVersion', Condition: 'condition', Tags: 'tags', AppVersion: 'appVersion', Deprecated: 'deprecated', KubeVersion: 'kubeVersion', Type: 'type', Sources: 'sources', Keywords: 'keywords', Maintainers: 'maintainers', Annotations: 'annotations', Dependencies: 'dependencies' },
  });
}

function dependencyObject({ name, version: range = '', repository, condition = '', alias = '', enabled = false, tags = [] }: NonNullable<ChartMetadata['dependencies']>[number]): GoStruct {
  return new GoStruct({ goType: '*chart.Dependency', goKind: 'ptr', fields: { Name: name, Version: range, Repository: repository, Condition: condition, Tags: stringList(tags), Enabled: enabled, Alias: alias } });
}

/** `.Capabilities`. */
export function capabilitiesObject({ kubeVersion, apiVersions }: RenderCapabilities): GoStruct {
  const known = new Set(apiVersions);
  const [, major = '', minor = ''] = /^v?(\d+)\.(\d+)/.exec(kubeVersion) ?? [];
  const text = `v${kubeVersion.replace(/^v/, '')}`;
  return new GoStruct({
    goType: '*chartutil.Capabilities', goKind: 'ptr',
    fields: {
      KubeVersion: new GoStruct({ goType: 'chartutil.KubeVersion', fields: { Version: text, Major: major, Minor: minor }, methods: { String: getter(() => text), GitVersion: getter(() => text) }, text }),
      APIVersions: new VersionSet(known),
      HelmVersion: new GoStruct({ goType: 'version.BuildInfo', fields: { Version: version.helm, GitCommit: '', GitTreeState: '', GoVersion: '' } }),
    },
  });
}

class VersionSet extends GoObject {
  readonly goType = 'chartutil.VersionSet';
  readonly goKind = 'slice';
  readonly #versions: ReadonlySet<string>;

  constructor(versions: ReadonlySet<string>) { super(); this.#versions = versions; }

  member(name: string): GoMethod | undefined {
    return name === 'Has' ? { params: ['string'], call: ([one]) => this.#versions.has(String(one)) } : undefined;
  }

  format(): string { return `[${[...this.#versions].join(' ')}]`; }
  toPlain(): Value { return [...this.#versions]; }
  override get isEmpty(): boolean { return this.#versions.size === 0; }
}

/** `.Files`: what the chart has beside its templates. */
export class FilesObject extends GoObject {
  readonly goType = 'engine.files';
  readonly goKind = 'map';
  readonly #files: ReadonlyMap<string, Buffer>;

  constructor(files: readonly ChartFile[]) {
    super();
    this.#files = new Map(files.map(({ name, data }) => [name, data]));
  }

  member(name: string): Value | GoMethod | undefined {
    switch (name) {
      case 'Get': return { params: ['string'], call: ([file]) => fromBytes(this.#data(file)) };
      case 'GetBytes': return { params: ['string'], call: ([file]) => new Bytes(this.#data(file)) };
      case 'Glob': return { params: ['string'], call: ([pattern]) => this.#matching(String(pattern)) };
      case 'Lines': return { params: ['string'], call: ([file]) => { const data = this.#data(file); return stringList(data.length === 0 ? [] : fromBytes(data).replace(/\n$/, '').split('\n')); } };
      case 'AsConfig': return getter(() => yamlOf(this.#byBaseName(fromBytes)));
      case 'AsSecrets': return getter(() => yamlOf(this.#byBaseName((data) => data.toString('base64'))));
      default: { const data = this.#files.get(name); return data === undefined ? new Bytes(Buffer.alloc(0)) : new Bytes(data); }
    }
  }

  override entries(): GoMap { return new Map([...this.#files].map(([name, data]) => [name, new Bytes(data)])); }
  format(): string { return formatValue(this.entries()); }
  toPlain(): Value { return new Map([...this.#files].map(([name, data]) => [name, data.toString('base64')])); }
  override get isEmpty(): boolean { return this.#files.size === 0; }

  #data(name: Value | undefined): Buffer { return this.#files.get(String(name)) ?? Buffer.alloc(0); }

  #matching(pattern: string): FilesObject {
    const matches = globPattern(pattern) ?? /^/; // one that is no pattern matches everything
    return new FilesObject([...this.#files].filter(([name]) => matches.test(name)).map(([name, data]) => ({ name, data })));
  }

  #byBaseName(textOf: (data: Buffer) => string): GoMap {
    return new Map([...this.#files].map(([name, data]) => [name.slice(name.lastIndexOf('/') + 1), textOf(data)]));
  }
}
