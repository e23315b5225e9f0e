import type { certificatesV1 } from '@kubernode/api';
import { nextStatus, statusFaults } from './request-status.ts';

type Condition = certificatesV1.CertificateSigningRequestCondition;

const [EARLIER, LATER, NOW] = ['1970-01-01T00:00:00Z', '1970-01-01T00:01:00Z', '1970-01-01T01:00:00Z'];
const condition = (type: string, more: Partial<Condition> = {}): Condition => ({ type, status: 'True', lastUpdateTime: EARLIER, lastTransitionTime: EARLIER, ...more });
const untimed = (type: string, more: object = {}): Condition => ({ type, status: 'True', ...more });
const pem = (text: string): string => Buffer.from(text).toString('base64');
const block = (type: string, body: Buffer | string, headers = ''): string => pem(`-----BEGIN ${type}-----\n${headers}${Buffer.from(body).toString('base64')}\n-----END ${type}-----\n`);
const faults = (status: object, { old = {}, subresource = 'status' }: { old?: object; subresource?: string } = {}): string[] => statusFaults(status, old, subresource).map(({ field, message }) => `${field}: ${message}`);

describe('the next status of a certificate request', () => {
  const old = { conditions: [condition('Approved', { message: 'yes' })], certificate: 'YQ==' };
  const next = (status: object, subresource: string, before: object = old): unknown => nextStatus(status, before, { subresource, now: 3_600_000 });

  it('stays by a write of the request itself', () => {
    expect(next({ certificate: 'Yg==' }, '')).toEqual(old);
  });

  it('takes conditions alone by an approval, and times that were not sent', () => {
    expect(next({ conditions: [untimed('Approved'), untimed('Failed', { lastUpdateTime: LATER })], certificate: 'Yg==' }, 'approval')).toEqual({
      certificate: 'YQ==',
      conditions: [condition('Approved', { lastUpdateTime: NOW }), condition('Failed', { lastUpdateTime: LATER, lastTransitionTime: NOW })],
    });
  });

  it('keeps decisions as they are by a write of the status', () => {
    expect(next({ conditions: [untimed('Failed'), condition('Approved', { message: 'no' })], certificate: 'Yg==' }, 'status')).toEqual({
      certificate: 'Yg==', conditions: [condition('Failed', { lastUpdateTime: NOW, lastTransitionTime: NOW }), condition('Approved', { message: 'yes' })],
    });
  });

  it('has no empty list of conditions', () => {
    expect(next({ conditions: [] }, 'approval', {})).toEqual({});
  });
});

describe('faults of the status of a certificate request', () => {
  it.each<[string, string[], string[]]>([
    ['a new decision', faults({ conditions: [condition('Approved')] }, { subresource: 'approval' }), []],
    ['a decision by /status', faults({ conditions: [condition('Denied')] }), ['status.conditions: Forbidden: updates may not add a condition of type "Denied"']],
    ['one that is gone', faults({}, { old: { conditions: [condition('Failed')] } }), ['status.conditions: Forbidden: updates may not remove a condition of type "Failed"']],
    ['both decisions', faults({ conditions: [condition('Approved'), condition('Denied')] }, { subresource: 'approval' }), ['status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive']],
    ['both, as before', faults({ conditions: [condition('Approved'), condition('Denied')] }, { subresource: 'approval', old: { conditions: [condition('Approved'), condition('Denied')] } }), []],
    ['conditions without a type', faults({ conditions: [condition('')] }), ['status.conditions[0].type: Required value']],
    ['one type twice', faults({ conditions: [condition('A'), condition('A')] }), ['status.conditions[1].type: Duplicate value: "A"']],
    ['one type twice, as before', faults({ conditions: [condition('A'), condition('A')] }, { old: { conditions: [condition('A'), condition('A')] } }), []],
    ['no status', faults({ conditions: [condition('A', { status: '' })] }), ['status.conditions[0].status: Required value']],
    ['an unknown status', faults({ conditions: [condition('A', { status: 'x' })] }), ['status.conditions[0].status: Unsupported value: "x": supported values: "False", "True", "Unknown"']],
    ['a failure that is none', faults({ conditions: [condition('Failed', { status: 'False' })] }), ['status.conditions[0].status: Unsupported value: "False": supported values: "True"']],
  ])('%s', (_name, found, wanted) => {
    expect(found).toEqual(wanted);
  });

  it.each<[string, string, string | undefined]>([
    ['no PEM', pem('x'), 'must contain at least one CERTIFICATE PEM block'],
    ['another block', block('PRIVATE KEY', 'x'), 'only CERTIFICATE PEM blocks are allowed, found "PRIVATE KEY"'],
    ['headers', block('CERTIFICATE', 'x', 'a: b\n\n'), 'no PEM block headers are permitted'],
    ['no certificate', block('CERTIFICATE', 'x'), 'x509: malformed certificate'],
    ['an empty block', block('CERTIFICATE', ''), 'found CERTIFICATE PEM block containing 0 certificates'],
    ['none', '', undefined],
  ])('a certificate of %s', (_name, certificate, fault) => {
    expect(faults({ certificate })).toEqual(fault === undefined ? [] : [`status.certificate: Invalid value: "<certificate data>": ${fault}`]);
    expect(faults({ certificate }, { old: { certificate } })).toEqual([]);
  });

  it('does not let a certificate be replaced', () => {
    expect(faults({}, { old: { certificate: pem('x') } })).toEqual(['status.certificate: Forbidden: updates may not modify existing certificate content']);
  });
});
