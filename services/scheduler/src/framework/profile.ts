import type { coreV1 } from '@kubernode/api';
import type { Plugin } from './plugin.ts';

export const DEFAULT_SCHEDULER = 'default-scheduler';

/** Where plugins are called, under the names that configurations use. */
export const extensionPoints = ['preEnqueue', 'queueSort', 'preFilter', 'filter', 'postFilter', 'preScore', 'score', 'reserve', 'permit', 'preBind', 'bind', 'postBind'] as const;
export type ExtensionPoint = (typeof extensionPoints)[number];

/** What a plugin has to have to take part. */
const METHODS: Readonly<Record<ExtensionPoint, keyof Plugin>> = {
  preEnqueue: 'preEnqueue', queueSort: 'before', preFilter: 'prepareFilter', filter: 'prepareFilter', postFilter: 'postFilter', preScore: 'prepareScore', score: 'prepareScore',
  reserve: 'reserve', permit: 'permit', preBind: 'preBind', bind: 'bind', postBind: 'postBind',
};

/** How the pods of one scheduler name are placed: plugins by extension point, each in the order in which they are called. */
export interface Profile {
  readonly schedulerName: string;
  /** Overrides what is set for all profiles. */
  readonly percentageOfNodesToScore: number | undefined;
  readonly plugins: Readonly<Record<ExtensionPoint, readonly Plugin[]>>;
  /** By name, of those that score. */
  readonly weights: ReadonlyMap<string, number>;
  /** Each plugin once. */
  readonly all: readonly Plugin[];
}

export function takesPart(plugin: Plugin, point: ExtensionPoint): boolean { return plugin[METHODS[point]] !== undefined; }

export function schedulerNameOf({ spec }: Readonly<coreV1.Pod>): string { return spec?.schedulerName ?? DEFAULT_SCHEDULER; }
