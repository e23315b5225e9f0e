import { formatQuantity, type KubeObject } from '@kubernode/apimachinery';
import { quotaEvaluators } from '@kubernode/quota';
import { settledUsage } from './settled-usage.ts';

const evaluator = quotaEvaluators({ deviceClasses: () => [], pod: () => undefined, deviceClaims: () => [] }).of({ group: '', resource: 'pods' });
const pod = (uid: string, cpu: string): KubeObject => ({ kind: 'Pod', apiVersion: 'v1', metadata: { name: uid, uid }, spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }] } });

test.each<[string, KubeObject[], KubeObject[], [pods: string, cpu: string]]>([
  ['nothing', [], [], ['0', '0']],
  ['the same', [pod('a', '1')], [pod('a', '1')], ['1', '1']],
  ['one that has not shown yet', [pod('a', '1'), pod('b', '1')], [pod('a', '1')], ['2', '2']],
  ['one that has not been seen to go', [pod('a', '1')], [pod('a', '1'), pod('b', '1')], ['2', '2']],
  ['one of each', [pod('a', '1'), pod('b', '1')], [pod('a', '1'), pod('c', '2')], ['3', '4']],
  ['one that has not been seen to shrink', [pod('a', '1')], [pod('a', '2')], ['1', '2']],
  ['one that has not been seen to grow', [pod('a', '3')], [pod('a', '2')], ['1', '3']],
])('settledUsage of %s', (_name, listed, shown, [pods, cpu]) => {
  const used = settledUsage({ names: ['pods', 'requests.cpu'], scopes: [] }, [{ evaluator, listed, shown }], 0);
  expect(Object.fromEntries([...used].map(([name, amount]) => [name, formatQuantity(amount)]))).toEqual({ pods, 'requests.cpu': cpu });
});
