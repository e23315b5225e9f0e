import type { flowcontrolV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, notSupported, required, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { HASH_BITS_MAX, requiredEntropyBits } from '../../flowcontrol/shuffle-sharding.ts';
import { conditionTypeFaults } from '../shared/condition-rules.ts';
import type { Strategy } from '../strategy.ts';
import { mandatoryLevelFaults } from './mandatory-objects.ts';

type PriorityLevel = flowcontrolV1.PriorityLevelConfiguration & KubeObject;
type Limited = flowcontrolV1.LimitedPriorityLevelConfiguration;

const SHARES = 30;
const QUEUING = { queues: 64, handSize: 8, queueLengthLimit: 50 };
const QUEUES_MAX = 10_000_000;

export const priorityLevelStrategy: Strategy<PriorityLevel> = {
  defaults({ spec }) {
    if (spec?.limited !== undefined) fillLimited(spec.limited);
    if (spec?.exempt !== undefined) {
      spec.exempt.nominalConcurrencyShares ??= 0;
      spec.exempt.lendablePercent ??= 0;
    }
  },
  prepareForCreate: (object) => { object.status = {}; },
  validate: (object) => [...levelFaults(object), ...mandatoryLevelFaults(object)],
  validateUpdate: (object, _old, { subresource }) => (subresource === 'status' ? conditionTypeFaults(object.status?.conditions) : [...levelFaults(object), ...mandatoryLevelFaults(object)]),
  generationFields: ['spec'],
};

function fillLimited(limited: Limited): void {
  limited.nominalConcurrencyShares ??= SHARES;
  limited.lendablePercent ??= 0;
  const queuing = limited.limitResponse?.queuing;
  if (queuing === undefined) return;
  for (const [field, value] of Object.entries(QUEUING) as [keyof typeof QUEUING, number][]) if ((queuing[field] ?? 0) === 0) queuing[field] = value; // Object.entries forgets the literal keys
}

function levelFaults({ metadata, spec }: Readonly<PriorityLevel>): FieldError[] {
  const { type = '', limited, exempt } = spec ?? {};
  if (type !== 'Limited' && type !== 'Exempt') return [notSupported('spec.type', type, ['Exempt', 'Limited'])];
  const errors: FieldError[] = (metadata.name === 'exempt') === (type === 'Exempt') ? [] : [invalidValue('spec.type', type, "must be 'Exempt' if and only if `name` is 'exempt'")];
  if (type === 'Exempt') return limited === undefined ? errors : [...errors, forbiddenField('spec.limited', 'must be nil if the type is not Limited')];
  if (exempt !== undefined) errors.push(forbiddenField('spec.exempt', 'must be nil if the type is Limited'));
  return limited === undefined ? [...errors, required('spec.limited', 'must not be empty when type is Limited')] : [...errors, ...limitedFaults(limited)];
}

function limitedFaults({ nominalConcurrencyShares: shares = 0, limitResponse, lendablePercent, borrowingLimitPercent }: Readonly<Limited>): FieldError[] {
  const { type = '', queuing } = limitResponse ?? {};
  const errors: FieldError[] = shares < 0 ? [invalidValue('spec.limited.nominalConcurrencyShares', shares, 'must be a non-negative integer')] : [];
  const path = 'spec.limited.limitResponse';
  if (type === 'Reject' && queuing !== undefined) errors.push(forbiddenField(`${path}.queuing`, 'must be nil if limited.limitResponse.type is not Limited'));
  else if (type === 'Queue') errors.push(...(queuing === undefined ? [required(`${path}.queuing`, 'must not be empty if limited.limitResponse.type is Limited')] : queuingFaults(queuing, `${path}.queuing`)));
  else if (type !== 'Reject') errors.push(notSupported(`${path}.type`, type, ['Queue', 'Reject']));
  if (lendablePercent !== undefined && (lendablePercent < 0 || lendablePercent > 100)) errors.push(invalidValue('spec.limited.lendablePercent', lendablePercent, 'must be between 0 and 100, inclusive'));
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0) errors.push(invalidValue('spec.limited.borrowingLimitPercent', borrowingLimitPercent, 'if specified, must be a non-negative integer'));
  return errors;
}

function queuingFaults({ queues = 0, handSize = 0, queueLengthLimit = 0 }: Readonly<flowcontrolV1.QueuingConfiguration>, path: string): FieldError[] {
  return [
    ...(queueLengthLimit <= 0 ? [invalidValue(`${path}.queueLengthLimit`, queueLengthLimit, 'must be positive')] : []),
    ...(queues <= 0 ? [invalidValue(`${path}.queues`, queues, 'must be positive')] : queues > QUEUES_MAX ? [invalidValue(`${path}.queues`, queues, `must not be greater than ${QUEUES_MAX}`)] : []),
    ...handSizeFaults(queues, handSize, `${path}.handSize`),
  ];
}

function handSizeFaults(queues: number, handSize: number, path: string): FieldError[] {
  if (handSize <= 0) return [invalidValue(path, handSize, 'must be positive')];
  if (handSize > queues) return [invalidValue(path, handSize, `should not be greater than queues (${queues})`)];
  return requiredEntropyBits(queues, handSize) > HASH_BITS_MAX ? [invalidValue(path, handSize, `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${HASH_BITS_MAX}`)] : [];
}
