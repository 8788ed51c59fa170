import type { CheckSpec } from './check-spec.ts';
import { CERTIFICATE_CHECKS } from './checks-certificate.ts';
import { CONTROL_CHECKS } from './checks-control.ts';
import { DNS_CHECKS } from './checks-dns.ts';
import { GATEWAY_CHECKS } from './checks-gateway.ts';
import { STAGES, type Stage } from './status.ts';

/** Every check there is, in the order of the road, named `<stage>.<check>`. */
export const CHECKS = { ...DNS_CHECKS, ...CERTIFICATE_CHECKS, ...GATEWAY_CHECKS, ...CONTROL_CHECKS } as const;

export type CheckName = keyof typeof CHECKS;

export const CHECK_NAMES = Object.keys(CHECKS) as CheckName[];

export const specOf = (check: CheckName): CheckSpec => CHECKS[check];

const STAGE_OF: ReadonlyMap<string, Stage> = new Map(
  CHECK_NAMES.flatMap((check) =>
    STAGES.flatMap((stage) => (check.startsWith(`${stage}.`) ? [[check, stage]] : [])),
  ),
);

export const stageOf = (check: CheckName): Stage => STAGE_OF.get(check) ?? 'control-plane';
