import type { Definition, DefinitionCondition } from './definition.ts';

const ANNOTATION = 'api-approved.kubernetes.io';
const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111';
const TYPE = 'KubernetesAPIApprovalPolicyConformant';

/** Groups of the Kubernetes community say who approved of them; other groups have no such condition. */
export function decideApproval({ metadata, spec: { group } }: Readonly<Definition>): DefinitionCondition | undefined {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(group)) return undefined;
  const approval = metadata.annotations?.[ANNOTATION] ?? '';
  if (approval === '') return { type: TYPE, status: 'False', reason: 'MissingAnnotation', message: `protected groups must have approval annotation "${ANNOTATION}", ${SEE}` };
  if (approval.startsWith('unapproved')) return { type: TYPE, status: 'False', reason: 'UnapprovedAnnotation', message: `not approved: ${JSON.stringify(approval)}` };
  if (isAddress(approval)) return { type: TYPE, status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${approval}` };
  return { type: TYPE, status: 'False', reason: 'InvalidAnnotation', message: `protected groups must have approval annotation "${ANNOTATION}" with either a URL or a reason starting with "unapproved", ${SEE}` };
}

function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]/i.test(text);
}
