import { formatApiVersion, type KubeObject } from '@kubernode/apimachinery';
import { jsonEquals } from '../registry/write/json-equals.ts';
import type { AdmissionAttributes } from './admission.ts';
import type { MatchedResource } from './matching/match-rules.ts';
import type { ObjectVersions } from './object-versions.ts';

/** The objects of a request in one version. Not to be changed. */
export interface ShownObjects {
  readonly object: Readonly<KubeObject> | undefined;
  readonly oldObject: Readonly<KubeObject> | undefined;
}

interface Change { readonly object: KubeObject; readonly matched: MatchedResource }

/**
 * The objects of one request while outsiders look at them, one after the other, and change the new one, each in the version that it
 * knows. A version is made once, since a webhook may have to make it; a change goes into the request itself when another version is asked
 * for, or in the end, so that those who speak one version see each other's work as it is.
 */
export class RequestObjects {
  readonly #attributes: AdmissionAttributes;
  readonly #versions: ObjectVersions;
  readonly #shown = new Map<string, Readonly<KubeObject>>();
  readonly #shownOld = new Map<string, Readonly<KubeObject>>();
  /** Not yet in the request. */
  #change: Change | undefined;

  constructor(attributes: AdmissionAttributes, versions: ObjectVersions) {
    this.#attributes = attributes;
    this.#versions = versions;
  }

  /** The request as whoever is next finds it. */
  get current(): AdmissionAttributes {
    return this.#change === undefined ? this.#attributes : { ...this.#attributes, object: this.#change.object };
  }

  /** Rejects with what conversions fail of. */
  async in(matched: MatchedResource): Promise<ShownObjects> {
    if (this.#change !== undefined && keyOf(this.#change.matched) !== keyOf(matched)) await this.settle();
    const { object, oldObject } = this.#attributes;
    return { object: object && await this.#show(object, matched, this.#shown), oldObject: oldObject && await this.#show(oldObject, matched, this.#shownOld) };
  }

  /** Takes what somebody made of the object as it is shown in that version. Whether it is another now. @throws StatusError 500 for what is no object of the kind. */
  change(document: unknown, matched: MatchedResource): boolean {
    const key = keyOf(matched);
    const object = this.#versions.read(document, matched);
    const shown = this.#shown.get(key);
    const mutated = !jsonEquals(document, shown) && !jsonEquals(object, shown); // nobody's doing is what reading alone changes
    this.#shown.clear();
    this.#shown.set(key, object);
    this.#change = { object, matched };
    return mutated;
  }

  /** Brings what was changed into the request, whose object is changed in place. Rejects with what conversions fail of. */
  async settle(): Promise<void> {
    const target: Record<string, unknown> | undefined = this.#attributes.object;
    if (this.#change === undefined || target === undefined) return;
    const { object, matched } = this.#change;
    this.#change = undefined;
    this.#shown.clear();
    const kept = await this.#versions.keep(object, this.#attributes, matched);
    if (kept === target) return;
    for (const field of Object.keys(target)) delete target[field];
    Object.assign(target, kept);
  }

  async #show(object: Readonly<KubeObject>, matched: MatchedResource, known: Map<string, Readonly<KubeObject>>): Promise<Readonly<KubeObject>> {
    const key = keyOf(matched);
    const shown = known.get(key) ?? await this.#versions.show(object, matched);
    known.set(key, shown);
    return shown;
  }
}

function keyOf({ kind }: MatchedResource): string {
  return `${formatApiVersion(kind)}/${kind.kind}`;
}
