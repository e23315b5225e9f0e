import { dnsLabelName } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';
import { ipWarnings } from '../shared/legacy-ip-rules.ts';
import { dropMeaningless, dropTypeFields } from './service/drop-type-fields.ts';
import { defaultService } from './service/service-defaults.ts';
import type { Service } from './service/service-kind.ts';
import { serviceWarnings } from './service/service-warnings.ts';
import { validateService, validateServiceChange, validateServiceStatus } from './service/validate-service.ts';

/** Services. Their addresses and ports are taken by service/service-reservation.ts, before what is here judges them. */
export const serviceStrategy: Strategy<Service> = {
  defaults: defaultService,
  prepareForCreate(service) {
    service.status = { loadBalancer: {} };
    dropMeaningless(service);
  },
  prepareForUpdate(service, old, { subresource }) {
    if (subresource === 'status') return;
    dropTypeFields(service, old);
    dropMeaningless(service);
  },
  validate: (service) => validateService(service, undefined),
  validateUpdate: (service, old, { subresource }) => (subresource === 'status' ? validateServiceStatus(service, old) : [...validateServiceChange(service, old), ...validateService(service, old)]),
  warnings: (service, _old, { subresource }) => (subresource === 'status' ? ingressWarnings(service) : serviceWarnings(service)),
  selectableFields: ({ spec }) => ({ 'spec.clusterIP': spec?.clusterIP ?? '', 'spec.type': spec?.type ?? '' }),
  validateName: dnsLabelName,
  allowCreateOnUpdate: true,
  returnsDeletedObject: true,
};

function ingressWarnings({ status }: Readonly<Service>): string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip = '' }, index) => (ip === '' ? [] : ipWarnings(ip, `status.loadBalancer.ingress[${index}]`)));
}
