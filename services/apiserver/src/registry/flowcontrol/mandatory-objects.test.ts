import { bootstrapObjects } from '../../authz/bootstrap-objects/bootstrap-objects.ts';
import { mandatoryLevelFaults, mandatorySchemaFaults } from './mandatory-objects.ts';

const level = (name: string, spec: object): Parameters<typeof mandatoryLevelFaults>[0] => ({ kind: 'PriorityLevelConfiguration', apiVersion: 'flowcontrol.apiserver.k8s.io/v1', metadata: { name }, spec });

describe('mandatory objects of flow control', () => {
  it('are valid as they are created', () => {
    expect(bootstrapObjects.flowSchemas.flatMap(mandatorySchemaFaults)).toEqual([]);
    expect(bootstrapObjects.priorityLevelConfigurations.flatMap(mandatoryLevelFaults)).toEqual([]);
  });

  it.each([
    ['catch-all', { type: 'Limited', limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } } }, []],
    ['catch-all', { type: 'Limited', limited: { nominalConcurrencyShares: 77, lendablePercent: 0, limitResponse: { type: 'Reject' } } }, [
      'Invalid value: {"Type":"Limited","Limited":{"NominalConcurrencyShares":77,"LimitResponse":{"Type":"Reject","Queuing":null},"LendablePercent":0,"BorrowingLimitPercent":null},"Exempt":null}: spec of \'catch-all\' must equal the fixed value']],
    ['exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 10, lendablePercent: 50 } }, []],
    ['exempt', { type: 'Limited' }, ['Invalid value: {"Type":"Limited","Limited":null,"Exempt":null}: spec of \'exempt\' except the \'spec.exempt\' field must equal the fixed value']],
    ['system', { type: 'Limited' }, []],
  ])('level %s as %j', (name, spec, messages) => {
    expect(mandatoryLevelFaults(level(name, spec)).map(({ message }) => message)).toEqual(messages);
  });
});
