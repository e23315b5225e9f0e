import type { AdmissionAttributes } from '../../admission/admission.ts';
import type { RequestContext } from '../../pipeline/api-request.ts';
import { admitConnection, streamOptions, type ConnectOptions } from './connect-admission.ts';

const user = { name: 'u', uid: '', groups: [], extra: {} };
const info = { group: '', version: 'v1', resource: 'pods', subresource: 'exec', namespace: 'n', name: 'p' };
const context = { info, user, warnings: [], auditAnnotations: {} } as unknown as RequestContext; // what is read of it
const request = { signal: new AbortController().signal };

describe('admitConnection', () => {
  it('shows the options to both steps, and gives what the first made of them', async () => {
    const seen: unknown[] = [];
    const note = ({ operation, object, oldObject, kind: { kind }, name, subresource, options }: AdmissionAttributes): void => { seen.push({ operation, object: structuredClone(object), oldObject, kind, name, subresource, options }); };
    const admission = {
      admit: async (attributes: AdmissionAttributes): Promise<void> => { note(attributes); Object.assign(attributes.object ?? {}, { container: 'd' }); },
      validate: async (attributes: AdmissionAttributes): Promise<void> => { note(attributes); },
    };
    const options = await admitConnection(admission, { kind: 'PodExecOptions', options: { stdin: true, command: ['ls'] } }, request, context);
    expect(options).toMatchObject({ stdin: true, command: ['ls'], container: 'd' });
    const told = { operation: 'CONNECT', oldObject: undefined, kind: 'PodExecOptions', name: 'p', subresource: 'exec', options: {} };
    const object = { kind: 'PodExecOptions', apiVersion: 'v1', stdin: true, command: ['ls'] };
    expect(seen).toEqual([{ ...told, object }, { ...told, object: { ...object, container: 'd' } }]);
  });
});

describe('streamOptions', () => {
  it.each<[Parameters<typeof streamOptions>[0], string, ConnectOptions]>([
    ['PodExecOptions', 'stdin=true&tty=0&stdout=1&container=c&command=ls&command=-l', { stdin: true, stdout: true, container: 'c', command: ['ls', '-l'] }],
    ['PodAttachOptions', 'stderr=true&command=x', { stderr: true }],
    ['PodPortForwardOptions', 'ports=80&ports=81,82', { ports: [80, 81, 82] }],
    ['PodPortForwardOptions', '', {}],
  ])('are for %s of %j %j', (kind, query, options) => {
    expect(streamOptions(kind, new URLSearchParams(query))).toEqual(options);
  });

  it.each([
    ['x', 'cannot convert to []int32: strconv.ParseUint: parsing "x": invalid syntax'], ['80,', 'cannot convert to []int32: strconv.ParseUint: parsing "": invalid syntax'],
    ['65536', 'cannot convert to []int32: strconv.ParseUint: parsing "65536": value out of range'],
  ])('refuse the port %j', (port, message) => {
    expect(() => streamOptions('PodPortForwardOptions', new URLSearchParams({ ports: port }))).toThrow(message);
  });
});
