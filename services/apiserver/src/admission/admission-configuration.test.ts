import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readAdmissionConfiguration } from './admission-configuration.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kubernode-admission-'));
const file = (name: string, text: string): string => { writeFileSync(path.join(folder, name), text); return path.join(folder, name); };
afterAll(() => { rmSync(folder, { recursive: true }); });

test('gives each plugin what the file holds for it or names', () => {
  file('limits.yaml', 'limits: []\n');
  const configurationOf = readAdmissionConfiguration(file('all.yaml', `
kind: AdmissionConfiguration
apiVersion: apiserver.config.k8s.io/v1
plugins:
- {name: EventRateLimit, path: limits.yaml}
- {name: PodSecurity, configuration: {kind: PodSecurityConfiguration}}
`));
  expect(['EventRateLimit', 'PodSecurity', 'ResourceQuota'].map(configurationOf)).toEqual(['limits: []\n', '{"kind":"PodSecurityConfiguration"}', undefined]);
});

test("takes a file that is one plugin's alone, as before there were kinds", () => {
  const configurationOf = readAdmissionConfiguration(file('old.yaml', 'podNodeSelectorPluginConfig: {a: b=c}\n'));
  expect([configurationOf('PodNodeSelector'), configurationOf('PodSecurity')]).toEqual(['podNodeSelectorPluginConfig: {a: b=c}\n', undefined]);
});

test('says what cannot be read', () => {
  expect(() => readAdmissionConfiguration(path.join(folder, 'none'))).toThrow(/^unable to read admission control configuration from ".*none" \[ENOENT/);
  expect(() => readAdmissionConfiguration(file('wrong.yaml', 'kind: Pod\napiVersion: v1\n'))).toThrow('no kind "Pod" is registered for version "v1" in scheme');
});
