import { copyJson, type KubeObject } from '@kubernode/apimachinery';
import { jsonEquals } from '../registry/write/json-equals.ts';
import type { AdmissionRounds } from './admission.ts';

/** Who has to be asked again about a write, since others changed what they had seen. Kept from one round to the next. */
export class Reinvocation {
  #lastOutput: KubeObject | undefined;
  /** Asked already, and willing to be asked again. */
  #asked = new Set<string>();
  readonly #wanted = new Set<string>();

  static of({ memory }: AdmissionRounds, plugin: string): Reinvocation {
    const known = memory.get(plugin);
    if (known instanceof Reinvocation) return known;
    const made = new Reinvocation();
    memory.set(plugin, made);
    return made;
  }

  /** At the beginning of a further round. */
  resume(object: Readonly<KubeObject> | undefined): void {
    if (!jsonEquals(this.#lastOutput, object)) this.objectChanged();
  }

  wants(key: string): boolean {
    return this.#wanted.has(key);
  }

  remember(key: string): void {
    this.#asked.add(key);
  }

  objectChanged(): void {
    for (const key of this.#asked) this.#wanted.add(key);
    this.#asked = new Set();
  }

  /** At the end of each round. */
  suspend(object: Readonly<KubeObject> | undefined): void {
    this.#lastOutput = copyJson(object) as KubeObject | undefined; // a private copy
  }
}
