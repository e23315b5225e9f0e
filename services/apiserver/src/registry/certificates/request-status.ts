import type { certificatesV1 } from '@kubernode/api';
import { duplicate, forbiddenField, formatTime, invalidValue, notSupported, repeatedIndexes, required, type FieldError } from '@kubernode/apimachinery';
import { pemBlocks } from '../shared/pem-blocks.ts';
import { parseCertificate } from '../shared/x509-certificate.ts';

type Status = certificatesV1.CertificateSigningRequestStatus;
type Condition = certificatesV1.CertificateSigningRequestCondition;

const DECISIONS = ['Approved', 'Denied'];
/** Once there, they stay; and they say nothing but that they are so. */
const LASTING = [...DECISIONS, 'Failed'];
const STATUSES = ['False', 'True', 'Unknown'];
const AT = 'status.conditions';

/** The status that a write through `subresource` makes: /approval writes conditions alone, /status no decisions, and the main path nothing of it. */
export function nextStatus(status: Readonly<Status>, old: Readonly<Status>, { subresource, now }: { subresource: string; now: number }): Status {
  if (subresource === '') return old;
  const conditions = subresource === 'approval' ? status.conditions ?? [] : withDecisionsOf(old.conditions ?? [], status.conditions ?? []);
  const timed = conditions.map((condition) => withTimes(condition, old.conditions ?? [], formatTime(now)));
  const { conditions: _, ...others } = subresource === 'approval' ? old : status;
  return { ...others, ...(timed.length > 0 && { conditions: timed }) };
}

/** Old decisions take the places of those that are sent; where there are more or fewer of a kind, validation says so. */
function withDecisionsOf(old: readonly Condition[], conditions: readonly Condition[]): readonly Condition[] {
  let next = conditions;
  for (const decision of DECISIONS) {
    const before = old.filter(({ type }) => type === decision);
    if (before.length !== next.filter(({ type }) => type === decision).length) continue;
    let taken = 0;
    next = next.map((condition) => (condition.type === decision ? before[taken++] ?? condition : condition));
  }
  return next;
}

function withTimes(condition: Readonly<Condition>, old: readonly Condition[], now: string): Condition {
  const known = old.find(({ type, status, lastTransitionTime }) => type === condition.type && status === condition.status && isSet(lastTransitionTime))?.lastTransitionTime;
  return {
    ...condition,
    lastUpdateTime: isSet(condition.lastUpdateTime) ? condition.lastUpdateTime : now,
    lastTransitionTime: isSet(condition.lastTransitionTime) ? condition.lastTransitionTime : known ?? now,
  };
}

/** Times that were not sent are null. */
function isSet(time: string | null | undefined): time is string { return time !== undefined && time !== null; }

/** What is wrong with a status; what was wrong before may stay so. */
export function statusFaults(status: Readonly<Status>, old: Readonly<Status>, subresource: string): FieldError[] {
  const [conditions, before] = [status.conditions ?? [], old.conditions ?? []];
  const [has, had] = [countOf(conditions), countOf(before)];
  const removed = LASTING.filter((type) => has(type) < had(type)).map((type) => `updates may not remove a condition of type ${JSON.stringify(type)}`);
  const added = subresource === 'approval' ? [] : DECISIONS.filter((type) => has(type) > had(type)).map((type) => `updates may not add a condition of type ${JSON.stringify(type)}`);
  return [
    ...conditionFaults(conditions, before),
    ...certificateFaults(status.certificate ?? '', old.certificate ?? ''),
    ...[...removed, ...added].map((why) => forbiddenField(AT, why)),
    ...((old.certificate ?? '') !== '' && (status.certificate ?? '') !== old.certificate ? [forbiddenField('status.certificate', 'updates may not modify existing certificate content')] : []),
  ];
}

function countOf(conditions: readonly Condition[]): (type: string) => number {
  return (type) => conditions.filter((condition) => condition.type === type).length;
}

function conditionFaults(conditions: readonly Condition[], old: readonly Condition[]): FieldError[] {
  const types = conditions.map(({ type }) => type);
  const oldTypes = old.map(({ type }) => type);
  const repeated = repeatedIndexes(oldTypes).size > 0 ? undefined : repeatedIndexes(types);
  const wasDecidedTwice = DECISIONS.every((type) => oldTypes.includes(type));
  const decided = new Set<string>();
  return conditions.flatMap(({ status }, index) => {
    const type = types[index] ?? '';
    if (DECISIONS.includes(type)) decided.add(type);
    const contradicts = !wasDecidedTwice && DECISIONS.includes(type) && decided.size > 1;
    return [
      ...(type === '' && !oldTypes.includes('') ? [required(`${AT}[${index}].type`)] : []),
      ...valueFaults(status, LASTING.includes(type) ? ['True'] : STATUSES, `${AT}[${index}].status`),
      ...(contradicts ? [invalidValue(AT, type, 'Approved and Denied conditions are mutually exclusive')] : []),
      ...(repeated?.has(index) === true ? [duplicate(`${AT}[${index}].type`, type)] : []),
    ];
  });
}

function valueFaults(status: string, allowed: readonly string[], path: string): FieldError[] {
  if (status === '') return [required(path)];
  return allowed.includes(status) ? [] : [notSupported(path, status, allowed)];
}

function certificateFaults(certificate: string, old: string): FieldError[] {
  if (certificate === old || certificateFault(old) !== undefined) return [];
  const fault = certificateFault(certificate);
  return fault === undefined ? [] : [invalidValue('status.certificate', '<certificate data>', fault)];
}

/** Why something, in base64, is no chain of certificates in PEM. */
function certificateFault(base64: string): string | undefined {
  if (base64 === '') return undefined;
  const blocks = pemBlocks(Buffer.from(base64, 'base64').toString('latin1'));
  for (const { type, hasHeaders, bytes } of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (hasHeaders) return 'no PEM block headers are permitted';
    if (bytes.length === 0) return 'found CERTIFICATE PEM block containing 0 certificates';
    for (let rest = bytes; rest.length > 0;) {
      const certificate = parseCertificate(rest);
      if (typeof certificate === 'string') return certificate;
      rest = rest.subarray(certificate.raw.length);
    }
  }
  return blocks.length === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined;
}
