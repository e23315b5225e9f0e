import type { AdmissionAttributes } from './admission.ts';
import { deviceAdminAccess } from './device-admin-access.ts';

const LABEL = 'resource.kubernetes.io/admin-access';
const plugin = deviceAdminAccess({ get: async (_resource, _namespace, name) => ({ metadata: { name, labels: name === 'admins' ? { [LABEL]: 'true' } : {} } }) });
const spec = (adminAccess: boolean): object => ({ devices: { requests: [{ name: 'a', exactly: {} }, { name: 'b', exactly: { adminAccess } }] } });
const status = (adminAccess: boolean): object => ({ allocation: { devices: { results: [{ adminAccess }] } } });

async function judge(more: object): Promise<string> {
  const attributes = { operation: 'CREATE', group: 'resource.k8s.io', resource: 'resourceclaims', subresource: '', namespace: 'users', name: 'x', kind: { kind: 'K' }, ...more } as unknown as AdmissionAttributes; // what the plugin looks at
  try {
    await plugin.validate?.(attributes);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const at = (path: string): string => `K.resource.k8s.io "x" is invalid: ${path}: Forbidden: admin access to devices requires the \`${LABEL}: true\` label on the containing namespace`;

test.each<[string, object, string]>([
  ['a claim without it', { object: { spec: spec(false) } }, ''],
  ['a claim that asks', { object: { spec: spec(true) } }, at('spec.devices.requests[1].adminAccess')],
  ['the same in a labelled namespace', { namespace: 'admins', object: { spec: spec(true) } }, ''],
  ['a template', { resource: 'resourceclaimtemplates', object: { spec: { spec: spec(true) } } }, at('spec.devices.requests[1].adminAccess')],
  ['an update of a claim that has it', { operation: 'UPDATE', object: { spec: spec(true) } }, ''],
  ['a new allocation', { operation: 'UPDATE', subresource: 'status', object: { status: status(true) }, oldObject: {} }, at('status.allocation.devices.results[0].adminAccess')],
  ['an old allocation', { operation: 'UPDATE', subresource: 'status', object: { status: status(true) }, oldObject: { status: status(true) } }, ''],
  ['another group', { group: 'x.y', object: { spec: spec(true) } }, ''],
])('administrators\' access to devices: %s', async (_, attributes, fault) => {
  expect(await judge(attributes)).toBe(fault);
});
