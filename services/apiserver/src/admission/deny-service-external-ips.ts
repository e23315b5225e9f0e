import type { coreV1 } from '@kubernode/api';
import type { AdmissionPlugin } from './admission.ts';
import { refusal } from './refusal.ts';

/** Nobody takes over traffic for addresses of others by naming them in a service; what was there before may stay. */
export const denyServiceExternalIPs: AdmissionPlugin = {
  name: 'DenyServiceExternalIPs',
  validate(attributes) {
    const { operation, group, resource, subresource, object, oldObject } = attributes;
    if (group !== '' || resource !== 'services' || subresource !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
    const [wanted, before] = [object, oldObject].map((service) => (service as Partial<coreV1.Service> | undefined)?.spec?.externalIPs ?? []); // services, by the check
    if (wanted?.some((ip) => before?.includes(ip) !== true) === true) throw refusal(attributes, 'Use of external IPs is denied by admission control');
  },
};
