import type { KubeObject, ManagedFieldsEntry } from '@kubernode/apimachinery';
import type { AdmissionAttributes } from './admission.ts';
import { createAdmissionChain } from './admission-chain.ts';

const entry: ManagedFieldsEntry = { manager: 'm', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': {} } };
const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' };

/** What is left of metadata that a plugin made, and the warnings. */
async function mended(before: object, made: object | undefined): Promise<[unknown, string[]]> {
  const warnings: string[] = [];
  const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'c', ...before } } as KubeObject; // a name is all it needs
  const attributes = { object, warn: (text) => { warnings.push(text); } } as AdmissionAttributes; // nothing else is looked at
  await createAdmissionChain([{ name: 'plugin', admit: () => { Object.assign(object.metadata, made); } }]).admit(attributes);
  const { name: _name, ...metadata } = object.metadata;
  return [metadata, warnings];
}

const invalid = '.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests:';

describe('the admission chain', () => {
  it.each<[string, object, object | undefined, object, string[]]>([
    ['leaves alone what nobody touched', { managedFields: [{ operation: 'odd' }] }, undefined, { managedFields: [{ operation: 'odd' }] }, []],
    ['takes entries that can be read', { managedFields: [entry] }, { managedFields: [entry, { ...entry, manager: 'n' }] }, { managedFields: [entry, { ...entry, manager: 'n' }] }, []],
    ['takes entries back that are none', { managedFields: [entry] }, { managedFields: [{ ...entry, operation: 'Create' }] }, { managedFields: [entry] }, [`${invalid} operation must be \`Apply\` or \`Update\``]],
    ['takes entries back where there were none', {}, { managedFields: [{ ...entry, fieldsType: '' }] }, {}, [`${invalid} missing fieldsType in managed fields entry 0`]],
    ['drops owners that stand twice', {}, { ownerReferences: [owner, owner] }, { ownerReferences: [owner] }, [expect.stringContaining('duplicate entries after mutating admission happens;') as string]],
  ])('%s', async (_what, before, made, after, warnings) => {
    expect(await mended(before, made)).toEqual([after, warnings]);
  });

  it('looks at no metadata where there is none', async () => {
    const chain = createAdmissionChain([]);
    const options = { kind: 'PodExecOptions', apiVersion: 'v1' } as KubeObject; // of a connection
    await expect(Promise.all([undefined, options].map((object) => chain.admit({ object } as AdmissionAttributes)))).resolves.toEqual([undefined, undefined]);
  });
});
