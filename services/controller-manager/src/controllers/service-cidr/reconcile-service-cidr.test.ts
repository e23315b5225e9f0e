import { parseCidr, parseIp } from '@kubernode/apimachinery';
import type { networkingV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { reconcileServiceCidr, serves, type ServiceCidrSnapshot } from './reconcile-service-cidr.ts';

const NOW = Date.parse('2026-01-01T00:01:00Z');
const FINALIZER = 'networking.k8s.io/service-cidr-finalizer';
const ready = { type: 'Ready', status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready', lastTransitionTime: '2026-01-01T00:00:00Z' };

function cidr(name: string, cidrs: string[], { deleted, finalizers = [FINALIZER], conditions = [ready] }: { deleted?: string; finalizers?: string[]; conditions?: networkingV1.ServiceCIDRStatus['conditions'] } = {}): networkingV1.ServiceCIDR {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { name, finalizers, ...(deleted !== undefined && { deletionTimestamp: deleted }) }, spec: { cidrs }, status: { conditions: conditions ?? [] } };
}

const old = '2026-01-01T00:00:00Z';
const going = cidr('one', ['10.0.0.0/24', 'fd00::/112'], { deleted: old });

function told(actions: readonly Action[]): string[] {
  return actions.map((action) => {
    if (action.do !== 'patch') return action.do;
    const body = action.patch.body as { metadata: Record<string, unknown>; status?: networkingV1.ServiceCIDRStatus }; // an object is all it patches with
    const [only] = body.status?.conditions ?? [];
    return only === undefined ? Object.keys(body.metadata).join() : `${only.status} ${only.reason}`;
  });
}

test.each<[string, ServiceCidrSnapshot, string[]]>([
  ['protects and announces a new one', { serviceCidr: cidr('one', ['10.0.0.0/24'], { finalizers: [], conditions: [] }), all: [], addresses: [] }, ['finalizers', 'True ']],
  ['leaves a ready one alone', { serviceCidr: cidr('one', ['10.0.0.0/24']), all: [], addresses: ['10.0.0.5'] }, []],
  ['puts a wrong condition right', { serviceCidr: cidr('one', ['10.0.0.0/24'], { conditions: [{ ...ready, message: 'odd' }] }), all: [], addresses: [] }, ['True ']],
  ['lets an unused one go', { serviceCidr: going, all: [going], addresses: ['10.1.0.1'] }, ['$deleteFromPrimitiveList/finalizers']],
  ['lets it go once', { serviceCidr: { ...going, metadata: { ...going.metadata, finalizers: [] } }, all: [going], addresses: [] }, []],
  ['keeps one with an IPv4 address', { serviceCidr: going, all: [going], addresses: ['10.0.0.5'] }, ['False Terminating']],
  ['keeps one with an IPv6 address', { serviceCidr: going, all: [going], addresses: ['fd00::5'] }, ['False Terminating']],
  ['heeds no address that it never gave', { serviceCidr: going, all: [going], addresses: ['10.0.0.0', '10.0.0.255', 'fd00::'] }, ['$deleteFromPrimitiveList/finalizers']],
  ['lets it go when others have all of it', { serviceCidr: going, all: [going, cidr('v4', ['10.0.0.0/16']), cidr('v6', ['fd00::/112'])], addresses: ['10.0.0.5'] }, ['$deleteFromPrimitiveList/finalizers']],
  ['lets it go when others have its addresses', { serviceCidr: going, all: [going, cidr('part', ['10.0.0.0/28'])], addresses: ['10.0.0.5'] }, ['$deleteFromPrimitiveList/finalizers']],
  ['keeps it when others have only some', { serviceCidr: going, all: [going, cidr('part', ['10.0.0.0/28'])], addresses: ['10.0.0.5', '10.0.0.77'] }, ['False Terminating']],
  ['keeps it when another has the address as its last', { serviceCidr: going, all: [going, cidr('part', ['10.0.0.0/28'])], addresses: ['10.0.0.15'] }, ['False Terminating']],
])('the service CIDR controller %s', (_name, snapshot, want) => { expect(told(reconcileServiceCidr(snapshot, NOW).actions)).toEqual(want); });

test('a deletion waits until API servers know of it', () => {
  const fresh = cidr('one', ['10.0.0.0/24'], { deleted: '2026-01-01T00:00:57Z' });
  expect(reconcileServiceCidr({ serviceCidr: fresh, all: [fresh], addresses: [] }, NOW)).toEqual({ actions: [], againAfterMs: 7000 });
});

test.each<[string, string, boolean]>([
  ['10.0.0.0/24', '10.0.0.0', false],
  ['10.0.0.0/24', '10.0.0.1', true],
  ['10.0.0.0/24', '10.0.0.255', false],
  ['10.0.0.0/24', '10.0.1.1', false],
  ['fd00::/120', 'fd00::', false],
  ['fd00::/120', 'fd00::ff', true],
])('%s serves %s: %s', (range, ip, want) => {
  const [cidrGiven, address] = [parseCidr(range), parseIp(ip)];
  expect(cidrGiven && address && serves(cidrGiven, address)).toBe(want);
});
