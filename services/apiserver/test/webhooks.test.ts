import type { authorizationV1, authenticationV1 } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import { Fixtures, type EtcdProcess, type JsonServer, startAuthServer, startEtcd, startJsonServer, testFolder, type TestFolder } from './auth-server.ts';

type AccessReview = { apiVersion: string; spec: authorizationV1.SubjectAccessReviewSpec };
type TokenReview = { apiVersion: string; spec: authenticationV1.TokenReviewSpec };

describe('webhooks', () => {
  let folder: TestFolder;
  let etcd: EtcdProcess;
  let webhook: JsonServer;
  /** What the authorization webhook answers; undefined for a failure. */
  let decide: (spec: authorizationV1.SubjectAccessReviewSpec) => object | undefined = () => ({ allowed: false });
  const fixtures = new Fixtures();
  beforeAll(async () => {
    [folder, etcd] = await Promise.all([fixtures.use(testFolder()), fixtures.use(startEtcd())]);
    webhook = await fixtures.use(startJsonServer(await folder.certificate('webhook'), (path, body) => {
      if (path.startsWith('/tokens')) {
        const { apiVersion, spec } = body as TokenReview;
        const known = spec.token === 'hook-token';
        return { body: { apiVersion, kind: 'TokenReview', status: known ? { authenticated: true, user: { username: 'hook', uid: '7', groups: ['g'], extra: { k: ['v'] } }, audiences: spec.audiences } : { authenticated: false, error: 'who is that' } } };
      }
      const { apiVersion, spec } = body as AccessReview;
      const status = decide(spec);
      return status === undefined ? { status: 418, body: { message: 'no tea' } } : { body: { apiVersion, kind: 'SubjectAccessReview', status } };
    }));
  }, 60_000);
  afterAll(() => fixtures[Symbol.asyncDispose]());

  const kubeconfig = (path: string): string => folder.file(`kubeconfig${path.replace('/', '-')}`, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'w', user: 'u' } }], users: [{ name: 'u', user: { token: 'secret' } }],
    clusters: [{ name: 'w', cluster: { server: `${webhook.url}${path}`, 'certificate-authority-data': Buffer.from(folder.authority.certificate).toString('base64') } }],
  }));
  const chain = (name: string, failurePolicy: string): string => folder.file('authorization.yaml', JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration',
    authorizers: [{ type: 'Webhook', name, webhook: { timeout: '3s', subjectAccessReviewVersion: 'v1', failurePolicy, unauthorizedTTL: '1s', matchConditions: [{ expression: "request.user == 'alice' && request.?resourceAttributes.resource.orValue('') != 'nodes'" }], matchConditionSubjectAccessReviewVersion: 'v1', connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: kubeconfig('/authorize') } } }, { type: 'RBAC', name: 'rbac' }],
  }));

  it('say whose tokens are, and the answers are remembered', async () => {
    await using server = await startAuthServer(etcd, folder, ['--authorization-mode=RBAC', `--authentication-token-webhook-config-file=${kubeconfig('/tokens')}`, '--authentication-token-webhook-version=v1']);
    const review = async (token: string): Promise<unknown> => (await server.request({ method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews', token: 'admin-token', body: { spec: { token } } })).body.status;
    const audiences = ['https://kubernetes.default.svc.cluster.local'];
    expect(await review('hook-token')).toEqual({ authenticated: true, user: { username: 'hook', uid: '7', groups: ['g', 'system:authenticated'], extra: { k: ['v'] } }, audiences });
    await review('hook-token');
    expect(webhook.seen.filter(({ path }) => path.startsWith('/tokens'))).toEqual([{ path: '/tokens?timeout=30s', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'hook-token', audiences } } }]);
    expect(await review('strange')).toEqual({ user: {}, error: '[invalid bearer token, who is that]' });
  }, 60_000);

  it('allow, deny and leave to others what a configured chain asks them', async () => {
    decide = ({ user, resourceAttributes: { resource = '' } = {} }) => (user !== 'alice' ? { allowed: false } : resource === 'secrets' ? { denied: true, reason: 'never' } : resource === 'pods' ? { allowed: true } : { allowed: false, reason: 'not mine' });
    await using server = await startAuthServer(etcd, folder, [`--authorization-config=${chain('first', 'Deny')}`]);
    const get = async (path: string): Promise<[number, string | undefined]> => { const { status, body } = await server.request({ path, token: 'alice-token' }); return [status, body.message]; };
    expect(await get('/api/v1/pods?fieldSelector=spec.nodeName%3Dn&labelSelector=a%20in%20(b,c)')).toEqual([200, undefined]);
    expect(webhook.seen.at(-1)?.body).toEqual({ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: {
      user: 'alice', uid: '2', groups: ['system:authenticated'], resourceAttributes: {
        verb: 'list', version: 'v1', resource: 'pods', fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n'] }] }, labelSelector: { requirements: [{ key: 'a', operator: 'In', values: ['b', 'c'] }] },
      },
    } });
    expect(await get('/api/v1/namespaces/default/secrets')).toEqual([403, 'secrets is forbidden: User "alice" cannot list resource "secrets" in API group "" in the namespace "default": never']);
    expect(await get('/api/v1/services')).toEqual([403, 'services is forbidden: User "alice" cannot list resource "services" in API group "" at the cluster scope: not mine']);
    const asked = webhook.seen.length;
    expect([await get('/api/v1/nodes'), (await server.request({ path: '/api/v1/pods' })).status, webhook.seen.length]).toEqual([[403, 'nodes is forbidden: User "alice" cannot list resource "nodes" in API group "" at the cluster scope'], 403, asked]); // conditions spare the webhook
    expect((await server.request({ path: '/api/v1/secrets', token: 'admin-token' })).status).toBe(200); // system:masters stands before all
    const rules = await server.request({ method: 'POST', path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', token: 'alice-token', body: { spec: { namespace: 'default' } } });
    expect(rules.body.status).toMatchObject({ incomplete: true, evaluationError: 'webhook authorizer does not support user rule resolution' }); // beside what RBAC knows
  }, 60_000);

  it('that fail deny or are passed over, and the chain is taken up anew', async () => {
    decide = () => undefined;
    await using server = await startAuthServer(etcd, folder, [`--authorization-config=${chain('first', 'Deny')}`]);
    const status = async (): Promise<unknown> => { const answer = await server.request({ path: '/api/v1/configmaps', token: 'alice-token' }); return [answer.status, answer.body.message]; };
    expect(await status()).toEqual([500, 'Internal Server Error: "/api/v1/configmaps": no tea']);
    chain('second', 'NoOpinion');
    decide = ({ user }) => ({ allowed: user === 'alice' });
    const metrics = async (): Promise<string> => (await server.request({ path: '/metrics', token: 'admin-token' })).body.message ?? '';
    for (let i = 0; i < 40 && !(await metrics()).includes('apiserver_authorization_decisions_total{type="Webhook",name="second",decision="allowed"}'); i++) { await status(); await systemClock.sleep(250); }
    expect(await status()).toEqual([200, undefined]);
    expect(await metrics()).toMatch(/apiserver_authorization_config_controller_automatic_reloads_total\{status="success",apiserver_id_hash="sha256:[0-9a-f]{64}"\} 1/);
  }, 60_000);

  it('of a faulty chain stop the start', async () => {
    const file = folder.file('faulty.yaml', 'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\nauthorizers:\n- type: Webhook\n  name: Bad_\n  webhook: {timeout: 1m, failurePolicy: Maybe, subjectAccessReviewVersion: v2, connectionInfo: {type: KubeConfigFile, kubeConfigFile: rel}}\n');
    await expect(startAuthServer(etcd, folder, [`--authorization-config=${file}`])).rejects.toThrow(/authorizer name is invalid: .*authorizers\[0\]\.timeout: Invalid value: "1m0s": must be > 0s and <= 30s, authorizers\[0\]\.subjectAccessReviewVersion: Unsupported value: "v2": supported values: "v1", "v1beta1", authorizers\[0\]\.failurePolicy: Unsupported value: "Maybe": supported values: "NoOpinion", "Deny", authorizers\[0\]\.connectionInfo\.kubeConfigFile: Invalid value: "rel": must be an absolute path\]$/);
    await expect(startAuthServer(etcd, folder, ['--authorization-mode=RBAC', `--authorization-config=${file}`])).rejects.toThrow('--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined');
  }, 60_000);
});
