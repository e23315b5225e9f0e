import type { Values } from '../values/values.ts';

/** A file of a chart by its path inside, with slashes. */
export interface ChartFile { name: string; data: Buffer }

/** Chart.yaml, with its own names. */
export interface ChartMetadata {
  name: string;
  home?: string;
  sources?: readonly string[];
  version: string;
  description?: string;
  keywords?: readonly string[];
  maintainers?: readonly ChartMaintainer[];
  icon?: string;
  apiVersion: string;
  condition?: string;
  tags?: string;
  appVersion?: string;
  deprecated?: boolean;
  annotations?: Readonly<Record<string, string>>;
  kubeVersion?: string;
  dependencies?: readonly ChartDependency[];
  type?: string;
}

export interface ChartMaintainer { name?: string; email?: string; url?: string }

export interface ChartDependency {
  name: string;
  version?: string;
  repository: string;
  condition?: string;
  tags?: readonly string[];
  enabled?: boolean;
  'import-values'?: readonly (string | { child: string; parent: string })[];
  alias?: string;
}

/** Chart.lock. */
export interface ChartLock { generated?: string; digest?: string; dependencies?: readonly ChartDependency[] }

/** A chart as it was loaded; never changed afterwards. */
export interface Chart {
  metadata: ChartMetadata;
  lock?: ChartLock;
  /** values.yaml. */
  values: Values;
  /** values.schema.json as it was written. */
  schema?: Buffer;
  /** templates/… */
  templates: readonly ChartFile[];
  /** All that is neither template nor chart file: crds/…, README.md, what `.Files` reads. */
  files: readonly ChartFile[];
  /** The charts in charts/, whether they are enabled or not. */
  dependencies: readonly Chart[];
}
