import { isUnsaid } from './service-cidr.ts';

type Cidr = Parameters<typeof isUnsaid>[0];

describe('whether the ranges of the flags are yet to be said to be in force', () => {
  it.each<[string, object, boolean]>([
    ['of new ones', {}, true],
    ['of ones that nobody knows of', { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }, true],
    ['of ones that are in force', { status: { conditions: [{ type: 'Ready', status: 'True' }] } }, false],
    ['of ones that somebody took out of force', { status: { conditions: [{ type: 'Ready', status: 'False' }] } }, false],
    ['of others than the flags say', { spec: { cidrs: ['10.0.0.0/8'] } }, false],
    ['of ones that go', { metadata: { name: 'kubernetes', deletionTimestamp: '1970-01-01T00:00:00Z' } }, false],
  ])('%s', (_name, state, wanted) => {
    const cidr = { kind: 'ServiceCIDR', apiVersion: 'networking.k8s.io/v1', metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/12'] }, ...state } as Cidr; // as stored ones are
    expect(isUnsaid(cidr, ['10.96.0.0/12'])).toBe(wanted);
  });
});
