import type { Attack } from './attacks/attack.ts';
import { AUTHENTICATION_ATTACKS, FUNCTION_ATTACKS } from './attacks/authentication.ts';
import {
  AMBIGUITY_ATTACKS,
  INJECTION_ATTACKS,
  INVENTORY_ATTACKS,
  LEAK_ATTACKS,
  SUPPLIER_ATTACKS,
} from './attacks/configuration.ts';
import { CONTROLS } from './attacks/controls.ts';
import { OBJECT_ATTACKS, PROPERTY_ATTACKS } from './attacks/objects.ts';
import { FLOW_ATTACKS, REQUEST_FORGERY_ATTACKS, RESOURCE_ATTACKS } from './attacks/resources.ts';

/**
 * Harmless requests first, then the attacks in the order of the OWASP API Security Top 10 (2023). The order matters once: what uses up a
 * limit comes after what must not meet it.
 */
export const ATTACKS: readonly Attack[] = [
  ...CONTROLS,
  ...OBJECT_ATTACKS,
  ...AUTHENTICATION_ATTACKS,
  ...PROPERTY_ATTACKS,
  ...RESOURCE_ATTACKS,
  ...FUNCTION_ATTACKS,
  ...FLOW_ATTACKS,
  ...REQUEST_FORGERY_ATTACKS,
  ...LEAK_ATTACKS,
  ...AMBIGUITY_ATTACKS,
  ...INJECTION_ATTACKS,
  ...INVENTORY_ATTACKS,
  ...SUPPLIER_ATTACKS,
];

export { isControl } from './attacks/attack.ts';
export type { Attack, Expectation, Outcome, Target } from './attacks/attack.ts';
