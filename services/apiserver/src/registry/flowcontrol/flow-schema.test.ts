import type { flowcontrolV1 } from '@kubernode/api';
import { flowSchemaStrategy } from './flow-schema.ts';

const subject: flowcontrolV1.Subject = { kind: 'Group', group: { name: 'g' } };
const resources = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] };

function faultsOf(rule: Partial<flowcontrolV1.PolicyRulesWithSubjects>): string[] {
  const spec = { priorityLevelConfiguration: { name: 'p' }, matchingPrecedence: 5, rules: [{ subjects: [subject], resourceRules: [resources], ...rule }] };
  const schema = { kind: 'FlowSchema', apiVersion: 'flowcontrol.apiserver.k8s.io/v1', metadata: { name: 's' }, spec };
  return (flowSchemaStrategy.validate?.(schema) ?? []).map(({ field, message }) => `${field.replace('spec.rules[0].', '')}: ${message.replace(/: a lowercase.*/, '')}`);
}

const account = (serviceAccount: flowcontrolV1.ServiceAccountSubject): flowcontrolV1.PolicyRulesWithSubjects => ({ subjects: [{ kind: 'ServiceAccount', serviceAccount }] });

test.each<[Partial<flowcontrolV1.PolicyRulesWithSubjects>, string[]]>([
  [{}, []],
  [account({ namespace: 'n', name: '*' }), []],
  [account({ namespace: 'N', name: 'A' }), ['subjects[0].serviceAccount.name: Invalid value: "A"', 'subjects[0].serviceAccount.namespace: Invalid value: "N"']],
  [account({ namespace: '', name: '' }), ['subjects[0].serviceAccount.name: Required value', 'subjects[0].serviceAccount.namespace: Required value: must specify namespace for service account']],
  [{ resourceRules: [{ verbs: ['get'], apiGroups: ['*', ''], resources: ['pods', '*'], namespaces: ['*', 'n'] }] }, [
    'resourceRules[0].apiGroups: Invalid value: ["*",""]: if \'*\' is present, must not specify other api groups', 'resourceRules[0].resources: Invalid value: ["pods","*"]: if \'*\' is present, must not specify other resources',
    'resourceRules[0].namespaces: Invalid value: ["*","n"]: if \'*\' is present, must not specify other namespaces']],
  [{ resourceRules: [{ ...resources, namespaces: ['n', 'N'] }] }, ['resourceRules[0].namespaces[1]: Invalid value: "N": each member of this list must be \'*\' or a DNS-1123 label; a lowercase RFC 1123 label must consist of lower case alphanumeric characters or \'-\', and must start and end with an alphanumeric character (e.g. \'my-name\',  or \'123-abc\', regex used for validation is \'[a-z0-9]([-a-z0-9]*[a-z0-9])?\')']],
  [{ resourceRules: [], nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/', '/a/*', '', 'a', '/a b', '/a//b', '/*/a', '/a*'] }] }, [
    ...['must not be empty', 'must start with slash', 'must not contain white-space', 'must not contain double slash'].map((fault, index) => `nonResourceRules[0].nonResourceURLs[${index + 2}]: Invalid value: ${JSON.stringify(['', 'a', '/a b', '/a//b'][index])}: ${fault}`),
    'nonResourceRules[0].nonResourceURLs[6]: Invalid value: "/*/a": wildcard can only do suffix matching', 'nonResourceRules[0].nonResourceURLs[7]: Invalid value: "/a*": wildcard can only do suffix matching']],
])('a rule with %j has the faults %j', (rule, faults) => {
  expect(faultsOf(rule)).toEqual(faults);
});
