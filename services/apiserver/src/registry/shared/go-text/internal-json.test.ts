import { internalJson, internalText } from './internal-json.ts';

describe('internalJson', () => {
  it('prints all fields in the order of the struct', () => {
    expect(JSON.stringify(internalJson('SeccompProfile', { type: 'Localhost', localhostProfile: 'p' }))).toBe('{"Type":"Localhost","LocalhostProfile":"p"}');
    expect(JSON.stringify(internalJson('Toleration', { key: 'a' }))).toBe('{"Key":"a","Operator":"","Value":"","Effect":"","TolerationSeconds":null}');
    expect(internalJson('SeccompProfile', undefined)).toBeNull();
  });

  it('finds what the API names otherwise, and sorts maps', () => {
    expect(internalJson('RBDVolumeSource', { monitors: ['m'], image: 'i', pool: 'p' })).toMatchObject({ CephMonitors: ['m'], RBDImage: 'i', RBDPool: 'p', ReadOnly: false });
    expect(JSON.stringify(internalJson('LabelSelector', { matchLabels: { b: '1', a: '2' } }))).toBe('{"matchLabels":{"a":"2","b":"1"}}');
  });

  it('keeps what is shared with the host in the security context, and metadata in place', () => {
    const template = internalJson('PodTemplateSpec', { metadata: { labels: { a: 'b' } }, spec: { hostNetwork: true, securityContext: {}, containers: [] } });
    expect(template).toMatchObject({ labels: { a: 'b' }, Spec: { Containers: [], SecurityContext: { HostNetwork: true, HostPID: false } } });
  });

  it('prints null for required lists that came empty', () => expect(internalJson('PodTemplateSpec', { spec: { containers: null } })).toMatchObject({ Spec: { Containers: null } }));

  it('as text is indented by one and escaped as Go does', () => expect(internalText('PodSchedulingGate', { name: '<a>' })).toBe('{\n "Name": "\\u003ca\\u003e"\n}'));
});
