/** What of a status sets one condition by strategic merge: the others keep their places, a new one comes last. */
export function conditionPatch(present: readonly { type: string }[] | undefined, condition: { type: string }): object {
  const types = (present ?? []).map(({ type }) => type);
  const order = types.includes(condition.type) ? types : [...types, condition.type];
  return { '$setElementOrder/conditions': order.map((type) => ({ type })), conditions: [condition] };
}
