import type { RequestTarget } from './request-target.ts';

export interface TextAnswer { status: number; text: string }

/** Undefined when healthy, else why not. */
export type NodeChecks = Readonly<Record<string, () => string | undefined>>;

/** /healthz, /healthz/NAME, and with `?verbose` every check. Pure but for the checks. */
export function healthAnswer(checks: NodeChecks, { segments: [, name], query }: Pick<RequestTarget, 'segments' | 'query'>): TextAnswer {
  if (name !== undefined) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) return { status: 404, text: '404 page not found\n' };
    const why = check();
    return why === undefined ? { status: 200, text: 'ok' } : { status: 500, text: `internal server error: ${why}\n` };
  }
  const results = Object.entries(checks).map(([check, run]) => ({ check, why: run() }));
  const failed = results.some(({ why }) => why !== undefined);
  if (!failed && !query.has('verbose')) return { status: 200, text: 'ok' };
  const lines = results.map(({ check, why }) => (why === undefined ? `[+]${check} ok` : `[-]${check} failed: reason withheld`));
  return { status: failed ? 500 : 200, text: `${[...lines, `healthz check ${failed ? 'failed' : 'passed'}`].join('\n')}\n` };
}
