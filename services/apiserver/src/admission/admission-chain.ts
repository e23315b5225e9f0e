import type { Admission } from '../registry/write/write-request.ts';
import type { AdmissionPlugin, AdmissionRounds } from './admission.ts';
import { managedFieldsOf, mendMetadata } from './mend-metadata.ts';

/** Runs plugins one after the other in the given order: all `admit` of a write before its `validate`. The first refusal ends it. */
export function createAdmissionChain(plugins: readonly AdmissionPlugin[]): Admission {
  const mutating = plugins.filter(({ admit }) => admit !== undefined);
  const validating = plugins.filter(({ validate }) => validate !== undefined);
  return {
    async admit(attributes) {
      const { course } = attributes;
      const startedMs = course?.now() ?? 0;
      const rounds = new Rounds();
      const managedFields = managedFieldsOf(attributes);
      do {
        rounds.begin();
        for (const plugin of mutating) {
          const waiting = plugin.admit?.(attributes, rounds);
          if (waiting !== undefined) await waiting;
        }
      } while (rounds.needsAnother);
      mendMetadata(attributes, managedFields);
      if (course !== undefined) course.mutatingMs += course.now() - startedMs;
    },
    async validate(attributes) {
      const { course } = attributes;
      const startedMs = course?.now() ?? 0;
      for (const plugin of validating) {
        const waiting = plugin.validate?.(attributes);
        if (waiting !== undefined) await waiting;
      }
      if (course !== undefined) course.validatingMs += course.now() - startedMs;
    },
  };
}

/** There are two at most, so that plugins that undo each other's work come to an end. */
class Rounds implements AdmissionRounds {
  #begun = 0;
  #asked = false;
  #memory: Map<string, unknown> | undefined;

  get isReinvocation(): boolean { return this.#begun > 1; }

  get memory(): Map<string, unknown> { return this.#memory ??= new Map(); }

  get needsAnother(): boolean { return this.#asked && this.#begun === 1; }

  begin(): void { this.#begun++; }

  askForAnother(): void { this.#asked = true; }
}
