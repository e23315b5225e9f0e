import { StatusError } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { TransportError, type Client } from '@kubernode/client';
import { createFakeClient, createFakeClock } from '@kubernode/testing';
import { writeStatus } from './write-status.ts';

const { resourcequotas } = coreV1Resources;
/** What becomes of an attempt: done and told, done and lost, lost before, overtaken by another writer and lost, refused. */
type Fate = 'done' | 'answer lost' | 'lost' | 'overtaken' | 'never sent' | 'timeout' | 'refused';

test.each<[string, readonly Fate[], string, string]>([
  ['is done', ['done'], 'done', '1'],
  ['is done the second time', ['lost', 'done'], 'done', '1'],
  ['is done after a timeout', ['timeout', 'done'], 'done', '1'],
  ['may have been done', ['answer lost', 'done'], 'unknown', '1'],
  ['may have been done before another', ['lost', 'overtaken', 'done'], 'unknown', '5'],
  ['comes too late', ['overtaken'], 'conflict', '5'],
  ['is refused', ['refused'], 'error', '9'],
  ['never leaves', ['never sent'], 'error', '9'],
  ['is never heard of', ['lost', 'lost', 'lost', 'lost', 'lost'], 'unknown', '9'],
])('a status that %s', async (_name, fates, outcome, used) => {
  const clock = createFakeClock();
  const fake = createFakeClient([{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'n' }, status: { used: { pods: '9' } } }]);
  const quota = fake.stored(resourcequotas, 'n/q') as coreV1.ResourceQuota; // just put there
  const left = [...fates];
  const update: Client['update'] = async (resource, object, options) => {
    const fate = left.shift();
    if (fate === 'lost') throw new TransportError('lost', { maybeSent: true });
    if (fate === 'never sent') throw new TransportError('refused', { maybeSent: false });
    if (fate === 'timeout') throw new StatusError({ code: 504, reason: 'Timeout', message: '', details: { retryAfterSeconds: 1 } });
    if (fate === 'refused') throw new StatusError({ code: 403, reason: 'Forbidden', message: '' });
    if (fate === 'overtaken') fake.put({ ...quota, status: { used: { pods: '5' } } });
    const done = await fake.update(resource, object, options);
    if (fate === 'answer lost') throw new TransportError('lost', { maybeSent: true });
    return done;
  };
  const written = writeStatus({ ...fake, update }, quota, { used: { pods: '1' } }, { clock, signal: new AbortController().signal }).then((one) => (typeof one === 'string' ? one : 'done'), () => 'error');
  await clock.advance(1000);
  expect([await written, fake.stored(resourcequotas, 'n/q')?.status?.used?.['pods']]).toEqual([outcome, used]);
});
