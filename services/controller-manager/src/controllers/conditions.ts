/** What conditions of all kinds share. */
export interface Condition { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string; lastUpdateTime?: string }

export function conditionOf<C extends Condition>(conditions: readonly C[] | undefined, type: string): C | undefined {
  return conditions?.find((one) => one.type === type);
}

/** The conditions with `next` put last, unless one of the same status and reason stands already; its transition time stays while its status does. */
export function withCondition<C extends Condition>(conditions: readonly C[], next: C): C[] {
  const known = conditionOf(conditions, next.type);
  if (known !== undefined && known.status === next.status && known.reason === next.reason) return [...conditions];
  const kept = known?.status === next.status && known.lastTransitionTime !== undefined ? { ...next, lastTransitionTime: known.lastTransitionTime } : next;
  return [...withoutCondition(conditions, next.type), kept];
}

export function withoutCondition<C extends Condition>(conditions: readonly C[], type: string): C[] {
  return conditions.filter((one) => one.type !== type);
}
