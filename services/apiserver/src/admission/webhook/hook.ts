import type { admissionregistrationV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { ObjectSource } from '../../endpoints/endpoint.ts';
import { compileMatchConditions, type MatchConditions } from '../policy/match-conditions.ts';
import { compileSelectors, type LabelSelectors } from '../matching/select-by-labels.ts';

export type WebhookSettings = admissionregistrationV1.ValidatingWebhook & Pick<admissionregistrationV1.MutatingWebhook, 'reinvocationPolicy'>;
export type WebhookConfiguration = KubeObject & { webhooks?: WebhookSettings[] };

/** One webhook of a configuration, ready to be asked often. */
export interface Hook {
  /** Unlike its name, no other webhook has it. */
  readonly id: string;
  readonly configuration: string;
  readonly settings: Readonly<WebhookSettings>;
  readonly selectors: LabelSelectors;
  /** Absent where every request of the rules is meant. Compiled when the first of them comes. */
  readonly conditions: (() => MatchConditions) | undefined;
  readonly failsOpen: boolean;
}

/** The webhooks of all configurations of a kind, by the configurations' names and in each by its own order. Made anew after a change. */
export class Hooks {
  readonly #source: ObjectSource<WebhookConfiguration>;
  /** Compiled hooks outlive changes of other configurations. */
  readonly #compiled = new WeakMap<Readonly<WebhookConfiguration>, readonly Hook[]>();
  #current: readonly Hook[] | undefined;

  constructor(source: ObjectSource<WebhookConfiguration>) {
    this.#source = source;
    source.onChange(() => { this.#current = undefined; });
  }

  get ready(): boolean { return this.#source.ready; }

  get current(): readonly Hook[] {
    return this.#current ??= [...this.#source.list()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)).flatMap((one) => this.#hooksOf(one));
  }

  #hooksOf(configuration: Readonly<WebhookConfiguration>): readonly Hook[] {
    let hooks = this.#compiled.get(configuration);
    if (hooks === undefined) this.#compiled.set(configuration, hooks = compileHooks(configuration));
    return hooks;
  }
}

export function compileHooks({ metadata: { name: configuration }, webhooks = [] }: Readonly<WebhookConfiguration>): Hook[] {
  return webhooks.map((settings, index) => ({
    id: `${configuration}/${settings.name}/${index}`, configuration, settings, failsOpen: settings.failurePolicy === 'Ignore',
    selectors: compileSelectors(settings as Parameters<typeof compileSelectors>[0]), // selectors that validation has passed
    conditions: settings.matchConditions === undefined || settings.matchConditions.length === 0 ? undefined : once(compileMatchConditions, settings.matchConditions),
  }));
}

function once<A, T>(make: (argument: A) => T, argument: A): () => T {
  let made: T | undefined;
  return () => made ??= make(argument);
}
