import type { RequestTarget } from './request-target.ts';

/** A request in the words of authorization: verb and subresources of this node, each of which would allow it, the narrow one first. */
export interface RequestAttributes { verb: string; subresources: readonly string[] }

const VERBS: Readonly<Record<string, string>> = { POST: 'create', GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

const SUBRESOURCES: Readonly<Record<string, readonly string[]>> = {
  stats: ['stats'], metrics: ['metrics'], logs: ['log'], checkpoint: ['checkpoint'], statusz: ['statusz'], flagz: ['configz'],
  pods: ['pods', 'proxy'], runningpods: ['pods', 'proxy'], healthz: ['healthz', 'proxy'], configz: ['configz', 'proxy'],
};

/** Whatever is not named needs `nodes/proxy`, which allows everything. Pure. */
export function requestAttributes({ method, segments: [first = ''] }: RequestTarget): RequestAttributes {
  const subresources = Object.hasOwn(SUBRESOURCES, first) ? SUBRESOURCES[first] : undefined;
  return { verb: VERBS[method] ?? '', subresources: subresources ?? ['proxy'] };
}
