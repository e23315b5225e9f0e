import type { KubeObject } from '@kubernode/apimachinery';
import type { Evaluator, Usage } from '@kubernode/quota';

/**
 * An evaluator by which a state of an object costs the same whenever it is asked, until it is known to be overdue (or asked as of the end of
 * time). It works each out once; objects that are shared are never changed in place.
 */
export function noticedUsage(evaluator: Evaluator, isOverdue: (object: Readonly<KubeObject>) => boolean): Evaluator {
  const known = new WeakMap<Readonly<KubeObject>, Usage>();
  return {
    ...evaluator,
    usage(object, now) {
      if (now === Infinity || isOverdue(object)) return evaluator.usage(object, Infinity);
      let usage = known.get(object);
      if (usage === undefined) known.set(object, usage = evaluator.usage(object, -Infinity));
      return usage;
    },
  };
}
