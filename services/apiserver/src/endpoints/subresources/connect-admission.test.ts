import type { AdmissionAttributes } from '../../admission/admission.ts';
import type { RequestContext } from '../../pipeline/api-request.ts';
import { admitConnection } from './connect-admission.ts';

const user = { name: 'u', uid: '', groups: [], extra: {} };
const info = { group: '', version: 'v1', resource: 'pods', subresource: 'exec', namespace: 'n', name: 'p' };

async function seenBy(kind: Parameters<typeof admitConnection>[1], query: string, path?: string): Promise<AdmissionAttributes[]> {
  const seen: AdmissionAttributes[] = [];
  const note = (attributes: AdmissionAttributes): Promise<void> => { seen.push(attributes); return Promise.resolve(); };
  const context = { info, user, warnings: [], auditAnnotations: {} } as unknown as RequestContext; // what is read of it
  await admitConnection({ admit: note, validate: note }, kind, { query: new URLSearchParams(query), ...(path !== undefined && { path }) }, context);
  return seen;
}

describe('admitConnection', () => {
  it.each<[Parameters<typeof admitConnection>[1], string, string | undefined, object]>([
    ['PodExecOptions', 'stdin=true&tty=0&stdout=1&container=c&command=ls&command=-l', undefined, { stdin: true, stdout: true, container: 'c', command: ['ls', '-l'] }],
    ['PodAttachOptions', 'stderr=true&command=x', undefined, { stderr: true }],
    ['PodPortForwardOptions', 'ports=80&ports=81', undefined, { ports: [80, 81] }],
    ['PodProxyOptions', 'a=b', 'x/y', { path: 'x/y' }],
    ['NodeProxyOptions', '', '', {}],
  ])('shows %s of %j with path %j', async (kind, query, path, options) => {
    const seen = await seenBy(kind, query, path);
    expect(seen.map(({ operation, object, kind: { kind: ofKind }, name, subresource }) => ({ operation, object, ofKind, name, subresource }))).toEqual(
      Array.from({ length: 2 }, () => ({ operation: 'CONNECT', object: { kind, apiVersion: 'v1', ...options }, ofKind: kind, name: 'p', subresource: 'exec' })),
    );
  });
});
