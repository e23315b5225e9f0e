import type { admissionregistrationV1, apiregistrationV1, certificatesV1, coordinationV1, flowcontrolV1, nodeV1, rbacV1, resourceV1, schedulingV1 } from '@kubernode/api';
import type { LabelSelectorObject } from '@kubernode/apimachinery';
import { age, humanDuration, orNone, selectorStruct } from '../cell-text.ts';
import { definePrinter, type Cell, type Printer } from '../printer.ts';

const BINDING_COLUMNS = 'Name! | Role | Age | Users+ | Groups+ | ServiceAccounts+';

const roleBindings = definePrinter<rbacV1.RoleBinding>({ group: 'rbac.authorization.k8s.io', resource: 'rolebindings', columns: BINDING_COLUMNS, cells: bindingCells });
const clusterRoleBindings = definePrinter<rbacV1.ClusterRoleBinding>({ group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings', columns: BINDING_COLUMNS, cells: bindingCells });

function bindingCells({ metadata, roleRef, subjects = [] }: Readonly<rbacV1.RoleBinding>, now: number): Cell[] {
  const names = (kind: string): string => subjects.filter((subject) => subject.kind === kind).map(({ namespace, name }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name)).join(', ');
  return [metadata.name, `${roleRef?.kind ?? ''}/${roleRef?.name ?? ''}`, age(metadata.creationTimestamp, now), names('User'), names('Group'), names('ServiceAccount')];
}

const WEBHOOK_COLUMNS = 'Name! | Webhooks:integer | Age';
const ADMISSION = 'admissionregistration.k8s.io';

const validatingWebhooks = definePrinter<admissionregistrationV1.ValidatingWebhookConfiguration>({
  group: ADMISSION, resource: 'validatingwebhookconfigurations', columns: WEBHOOK_COLUMNS,
  cells: ({ metadata, webhooks }, now) => [metadata.name, webhooks?.length ?? 0, age(metadata.creationTimestamp, now)],
});

const mutatingWebhooks = definePrinter<admissionregistrationV1.MutatingWebhookConfiguration>({
  group: ADMISSION, resource: 'mutatingwebhookconfigurations', columns: WEBHOOK_COLUMNS,
  cells: ({ metadata, webhooks }, now) => [metadata.name, webhooks?.length ?? 0, age(metadata.creationTimestamp, now)],
});

const validatingPolicies = definePrinter<admissionregistrationV1.ValidatingAdmissionPolicy>({
  group: ADMISSION, resource: 'validatingadmissionpolicies', columns: 'Name! | Validations:integer | ParamKind | Age',
  cells: ({ metadata, spec }, now) => [metadata.name, spec?.validations?.length ?? 0, paramKindText(spec?.paramKind), age(metadata.creationTimestamp, now)],
});

const mutatingPolicies = definePrinter<admissionregistrationV1.MutatingAdmissionPolicy>({
  group: ADMISSION, resource: 'mutatingadmissionpolicies', columns: 'Name! | Mutations:integer | ParamKind | Age',
  cells: ({ metadata, spec }, now) => [metadata.name, spec?.mutations?.length ?? 0, paramKindText(spec?.paramKind), age(metadata.creationTimestamp, now)],
});

function paramKindText(kind: admissionregistrationV1.ParamKind | undefined): string {
  return kind === undefined ? '<unset>' : `${kind.apiVersion ?? ''}/${kind.kind ?? ''}`;
}

const POLICY_BINDING_COLUMNS = 'Name! | PolicyName | ParamRef | Age';

const validatingPolicyBindings = definePrinter<admissionregistrationV1.ValidatingAdmissionPolicyBinding>({
  group: ADMISSION, resource: 'validatingadmissionpolicybindings', columns: POLICY_BINDING_COLUMNS,
  cells: ({ metadata, spec }, now) => [metadata.name, spec?.policyName ?? '', paramRefText(spec?.paramRef), age(metadata.creationTimestamp, now)],
});

const mutatingPolicyBindings = definePrinter<admissionregistrationV1.MutatingAdmissionPolicyBinding>({
  group: ADMISSION, resource: 'mutatingadmissionpolicybindings', columns: POLICY_BINDING_COLUMNS,
  cells: ({ metadata, spec }, now) => [metadata.name, spec?.policyName ?? '', paramRefText(spec?.paramRef), age(metadata.creationTimestamp, now)],
});

function paramRefText(reference: { name?: string; namespace?: string; selector?: LabelSelectorObject } | undefined): string {
  if (reference?.name !== undefined && reference.name !== '') return `${reference.namespace === undefined || reference.namespace === '' ? '*' : reference.namespace}/${reference.name}`;
  return reference?.selector === undefined ? '<unset>' : selectorStruct(reference.selector);
}

const certificateSigningRequests = definePrinter<certificatesV1.CertificateSigningRequest>({
  group: 'certificates.k8s.io', resource: 'certificatesigningrequests', columns: 'Name! | Age | SignerName | Requestor | RequestedDuration | Condition',
  cells: ({ metadata, spec, status }, now) => [
    metadata.name, age(metadata.creationTimestamp, now), orNone(spec?.signerName), spec?.username ?? '',
    spec?.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000), requestStatus(status),
  ],
});

function requestStatus(status: certificatesV1.CertificateSigningRequestStatus | undefined): string {
  const types = new Set(status?.conditions?.map(({ type }) => type));
  const decision = types.has('Denied') ? 'Denied' : types.has('Approved') ? 'Approved' : 'Pending';
  return [decision, ...(types.has('Failed') ? ['Failed'] : []), ...((status?.certificate ?? '') === '' ? [] : ['Issued'])].join(',');
}

const leases = definePrinter<coordinationV1.Lease>({
  group: 'coordination.k8s.io', resource: 'leases', columns: 'Name! | Holder | Age',
  cells: ({ metadata, spec }, now) => [metadata.name, spec?.holderIdentity ?? '', age(metadata.creationTimestamp, now)],
});

const priorityClasses = definePrinter<schedulingV1.PriorityClass>({
  group: 'scheduling.k8s.io', resource: 'priorityclasses', columns: 'Name! | Value:integer | Global-Default:boolean | Age | PreemptionPolicy',
  cells: ({ metadata, value, globalDefault, preemptionPolicy }, now) => [metadata.name, value ?? 0, globalDefault ?? false, age(metadata.creationTimestamp, now), preemptionPolicy ?? ''],
});

const runtimeClasses = definePrinter<nodeV1.RuntimeClass>({
  group: 'node.k8s.io', resource: 'runtimeclasses', columns: 'Name! | Handler | Age',
  cells: ({ metadata, handler }, now) => [metadata.name, handler ?? '', age(metadata.creationTimestamp, now)],
});

const flowSchemas = definePrinter<flowcontrolV1.FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io', resource: 'flowschemas', columns: 'Name! | PriorityLevel | MatchingPrecedence | DistinguisherMethod | Age | MissingPL',
  cells: ({ metadata, spec, status }, now) => [
    metadata.name, spec?.priorityLevelConfiguration?.name ?? '', spec?.matchingPrecedence ?? 0, spec?.distinguisherMethod?.type ?? '<none>', age(metadata.creationTimestamp, now),
    status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
  ],
  compare: (a, b) => (a.spec?.matchingPrecedence ?? 0) - (b.spec?.matchingPrecedence ?? 0) || (a.metadata.name < b.metadata.name ? -1 : 1),
});

const priorityLevels = definePrinter<flowcontrolV1.PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io', resource: 'prioritylevelconfigurations', columns: 'Name! | Type | NominalConcurrencyShares | Queues | HandSize | QueueLengthLimit | Age',
  cells({ metadata, spec }, now) {
    const queuing = spec?.limited?.limitResponse?.queuing;
    return [
      metadata.name, spec?.type ?? '', spec?.limited === undefined ? '<none>' : spec.limited.nominalConcurrencyShares ?? null, queuing?.queues ?? '<none>',
      queuing?.handSize ?? '<none>', queuing?.queueLengthLimit ?? '<none>', age(metadata.creationTimestamp, now),
    ];
  },
});

const apiServices = definePrinter<apiregistrationV1.APIService>({
  group: 'apiregistration.k8s.io', resource: 'apiservices', columns: 'Name! | Service | Available | Age',
  cells({ metadata, spec, status }, now) {
    const available = status?.conditions?.find(({ type }) => type === 'Available');
    const reason = available?.reason ?? '';
    const text = available === undefined ? 'Unknown' : available.status === 'True' || reason === '' ? available.status : `${available.status} (${reason})`;
    return [metadata.name, spec?.service === undefined ? 'Local' : `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}`, text, age(metadata.creationTimestamp, now)];
  },
});

const deviceClasses = definePrinter<resourceV1.DeviceClass>({
  group: 'resource.k8s.io', resource: 'deviceclasses', columns: 'Name! | Age', cells: ({ metadata }, now) => [metadata.name, age(metadata.creationTimestamp, now)],
});

const resourceClaimTemplates = definePrinter<resourceV1.ResourceClaimTemplate>({
  group: 'resource.k8s.io', resource: 'resourceclaimtemplates', columns: 'Name! | Age', cells: ({ metadata }, now) => [metadata.name, age(metadata.creationTimestamp, now)],
});

const resourceClaims = definePrinter<resourceV1.ResourceClaim>({
  group: 'resource.k8s.io', resource: 'resourceclaims', columns: 'Name! | State | Age',
  cells: (claim, now) => [claim.metadata.name, claimState(claim), age(claim.metadata.creationTimestamp, now)],
});

function claimState({ metadata, status }: Readonly<resourceV1.ResourceClaim>): string {
  const deleted = metadata.deletionTimestamp !== undefined;
  const allocation = status?.allocation === undefined ? (deleted ? [] : ['pending']) : ['allocated', ...((status.reservedFor?.length ?? 0) > 0 ? ['reserved'] : [])];
  return [...(deleted ? ['deleted'] : []), ...allocation].join(',');
}

const resourceSlices = definePrinter<resourceV1.ResourceSlice>({
  group: 'resource.k8s.io', resource: 'resourceslices', columns: 'Name! | Node | Driver | Pool | Age',
  cells: ({ metadata, spec }, now) => [metadata.name, spec?.nodeName ?? '', spec?.driver ?? '', spec?.pool?.name ?? '', age(metadata.creationTimestamp, now)],
});

export const policyPrinters: readonly Printer[] = [
  roleBindings, clusterRoleBindings, validatingWebhooks, mutatingWebhooks, validatingPolicies, mutatingPolicies, validatingPolicyBindings, mutatingPolicyBindings,
  certificateSigningRequests, leases, priorityClasses, runtimeClasses, flowSchemas, priorityLevels, apiServices, deviceClasses, resourceClaimTemplates, resourceClaims, resourceSlices,
];
