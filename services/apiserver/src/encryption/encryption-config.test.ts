import { errorMessage } from '@kubernode/base';
import { parseEncryptionConfig } from './encryption-config.ts';

const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n';
const key32 = Buffer.alloc(32, 1).toString('base64');
const withProviders = (providers: string): string => `${head}resources:\n- resources: [secrets]\n  providers: ${providers}\n`;
const withResources = (...lists: string[]): string => `${head}resources:\n${lists.map((names) => `- {resources: ${names}, providers: [{identity: {}}]}\n`).join('')}`;
const parse = (text: string, mayReload = false): ReturnType<typeof parseEncryptionConfig> => parseEncryptionConfig(text, '/f', mayReload);
/** What is wrong with a text; undefined when nothing is. */
function faultOf(text: string, mayReload = false): string | undefined {
  try { parse(text, mayReload); } catch (error) { return errorMessage(error); }
  return undefined;
}
const decoding = 'error decoding encryption provider configuration file "/f": ';

describe('parseEncryptionConfig', () => {
  test('gives entries in their order, with defaults', () => {
    expect(parse(withProviders(`[{aescbc: {keys: [{name: a, secret: ${key32}}]}}, {kms: {name: old, endpoint: 'unix:///a'}}, {kms: {apiVersion: v2, name: new, endpoint: 'unix:///b', timeout: 1m}}, {identity: {}}]`))).toEqual({ resources: [{
      resources: ['secrets'],
      providers: [
        { aescbc: { keys: [{ name: 'a', secret: key32 }] } }, { kms: { apiVersion: 'v1', name: 'old', endpoint: 'unix:///a', timeoutMs: 3000, cachesize: 1000 } },
        { kms: { apiVersion: 'v2', name: 'new', endpoint: 'unix:///b', timeoutMs: 60_000 } }, { identity: {} },
      ],
    }] });
  });

  test('reads JSON, and the name that a documentation once had', () => {
    expect(parse('{"apiVersion":"v1","kind":"EncryptionConfig","resources":[{"resources":["secrets"],"providers":[{"identity":{}}]}]}').resources).toHaveLength(1);
  });

  test.each([
    ['\n', `${decoding}Object 'Kind' is missing in '\n'`],
    ['kind: EncryptionConfiguration\n', `${decoding}Object 'apiVersion' is missing in 'kind: EncryptionConfiguration\n'`],
    ['apiVersion: apiserver.config.k8s.io/v2\nkind: EncryptionConfiguration\n', `${decoding}no kind "EncryptionConfiguration" is registered for version "apiserver.config.k8s.io/v2" in scheme "k8s.io/apiserver/pkg/server/options/encryptionconfig/config.go:142"`],
    ['apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\n', 'got unexpected config type: apiserver.config.k8s.io/v1, Kind=AdmissionConfiguration'],
    [withProviders('[{aescbc: {keys: [{name: a, secret: 5}]}}]'), `${decoding}json: cannot unmarshal number into Go struct field Key.resources.providers.aescbc.keys.secret of type string`],
    [`${head}resources: foo\n`, `${decoding}json: cannot unmarshal string into Go struct field EncryptionConfiguration.resources of type []v1.ResourceConfiguration`],
    [`${head}resources:\n- resources: [secrets]\n  foo: 1\n  providers:\n  - identity: {}\n    identity: {}\nbar: 2\n`, `${decoding}strict decoding error: yaml: unmarshal errors:\n  line 8: key "identity" already set in map, unknown field "bar", unknown field "resources[0].foo"`],
    [withProviders("[{kms: {name: a, endpoint: 'unix:///a', timeout: soon}}]"), `${decoding}time: invalid duration "soon"`],
    [head, 'resources: Required value: at least one resources is required'],
    [`${head}resources:\n- {}\n`, '[resources[0].resources: Required value: at least one resources[0].resources is required, resources[0].providers: Required value: at least one resources[0].providers is required]'],
  ])('refuses %j', (text, message) => {
    expect(faultOf(text)).toBe(message);
  });

  test.each([
    ["['*']", `resources[0].resources[0]: Invalid value: "*": use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources`],
    ['[Pods]', 'resources[0].resources[0]: Invalid value: "Pods": resource name should not contain capital letters'],
    ['[events.events.k8s.io]', `resources[0].resources[0]: Invalid value: "events.events.k8s.io": '*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file`],
    ['[x.extensions]', `resources[0].resources[0]: Invalid value: "x.extensions": 'extensions' group has been removed and cannot be used for encryption`],
    ["['foo.*']", 'resources[0].resources[0]: Invalid value: "foo.*": encrypting the same resource across groups is not supported'],
    ['[apiserveripinfo]', 'resources[0].resources[0]: Invalid value: "apiserveripinfo": resources which do not have REST API/s cannot be encrypted'],
    ['[secrets, secrets]', 'resources[0].resources: Invalid value: ["secrets","secrets"]: the same resource cannot be specified multiple times'],
    ["['*.', configmaps]", `resources[0].resources: Invalid value: ["*.","configmaps"]: using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked`],
    ["[pods, '*.*']", `resources[0].resources: Invalid value: ["pods","*.*"]: using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked`],
  ])('refuses the resources %s', (names, message) => {
    expect(faultOf(withResources(names))).toBe(message);
  });

  test.each([["['*.', '*.apps', deployments.batch]"], ["['*.*']"], ['[secrets, pandas.awesome.bears.example]']])('takes the resources %s', (names) => {
    expect(faultOf(withResources(names))).toBeUndefined();
  });

  test.each([
    ['{}', 'Invalid value: {"AESGCM":null,"AESCBC":null,"Secretbox":null,"Identity":null,"KMS":null}: provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity'],
    [`{identity: {}, aescbc: {keys: [{name: a, secret: ${key32}}]}}`, 'Invalid value: {"AESGCM":null,"AESCBC":{"Keys":[{"Name":"a","Secret":"REDACTED"}]},"Secretbox":null,"Identity":{},"KMS":null}: more than one provider specified in a single element, should split into different list elements'],
  ])('refuses the provider %s', (provider, message) => {
    expect(faultOf(withProviders(`[${provider}]`))).toBe(`resources[0].providers[0]: ${message}`);
  });

  test.each([
    ['aescbc: {keys: []}', 'aescbc.keys: Required value: at least one keys is required'],
    ['aesgcm: {keys: [{name: a}]}', 'aesgcm.keys[0].secret: Required value: secret is a mandatory field for a key'],
    [`aesgcm: {keys: [{secret: ${key32}}]}`, 'aesgcm.keys[0].name: Required value: name is a mandatory field for a key'],
    ["aesgcm: {keys: [{name: a, secret: '???'}]}", 'aesgcm.keys[0].secret: Invalid value: "REDACTED": secrets must be base64 encoded'],
    ['aesgcm: {keys: [{name: a, secret: YWJj}]}', 'aesgcm.keys[0].secret: Invalid value: "REDACTED": secret is not of the expected length, got 3, expected one of [16 24 32]'],
    ['secretbox: {keys: [{name: a, secret: YWJj}]}', 'secretbox.keys[0].secret: Invalid value: "REDACTED": secret is not of the expected length, got 3, expected one of [32]'],
    ["kms: {apiVersion: v2, endpoint: 'unix:///a'}", 'kms.name: Required value: name is a mandatory field for a provider'],
    ["kms: {apiVersion: v2, name: 'a:b', endpoint: 'unix:///a'}", `kms.name: Invalid value: "a:b": invalid KMS provider name a:b, must not contain ':'`],
    ["kms: {apiVersion: v2, name: a, endpoint: 'unix:///a', timeout: -1s}", 'kms.timeout: Invalid value: "-1s": timeout should be a positive value'],
    ['kms: {apiVersion: v2, name: a}', 'kms.endpoint: Invalid value: "": endpoint is a mandatory field for a kms'],
    ["kms: {apiVersion: v2, name: a, endpoint: 'http://x'}", 'kms.endpoint: Invalid value: "http://x": unsupported scheme "http" for KMS provider, only unix is supported'],
    ["kms: {apiVersion: v2, name: a, endpoint: '::bad'}", 'kms.endpoint: Invalid value: "::bad": invalid endpoint for kms provider, error: parse "::bad": missing protocol scheme'],
    ["kms: {apiVersion: v2, name: a, endpoint: 'unix:///a', cachesize: 3}", 'kms.cachesize: Invalid value: 3: cachesize is not supported in v2'],
    ["kms: {apiVersion: v1, name: a, endpoint: 'unix:///a', cachesize: 0}", 'kms.cachesize: Invalid value: 0: cachesize should be a positive value, or negative to disable'],
    ["kms: {apiVersion: v3, name: a, endpoint: 'unix:///a'}", 'kms.apiVersion: Invalid value: "v3": unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported'],
  ])('refuses %s', (provider, message) => {
    expect(faultOf(withProviders(`[{${provider}}]`))).toBe(`resources[0].providers[0].${message}`);
  });

  test.each([['v1', false, false], ['v1', true, true], ['v2', false, true]])('two plugins of %s with one name, reloading %s: refused is %s', (apiVersion, mayReload, isRefused) => {
    const plugin = `{kms: {apiVersion: ${apiVersion}, name: a, endpoint: 'unix:///a'}}`;
    expect(faultOf(withProviders(`[${plugin}, ${plugin}]`), mayReload)).toBe(isRefused ? 'resources[0].providers[1].kms.name: Invalid value: "a": duplicate KMS provider name a, names must be unique' : undefined);
  });
});
