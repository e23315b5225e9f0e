import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import { refusal } from './refusal.ts';

/** Refuses every write: for tests of clients. */
export const alwaysDeny: AdmissionPlugin = { name: 'AlwaysDeny', admit: refuse, validate: refuse };

function refuse(attributes: AdmissionAttributes): never {
  throw refusal(attributes, 'admission control is denying all modifications');
}
