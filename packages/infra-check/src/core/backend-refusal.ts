import type { Proof } from './auth-settings.ts';
import type { GatewayEvidence } from './gateway-evidence.ts';

/** The backend, and not the gateway, refuses who sent the POST. */
export const isRefused = ({ seen, post }: GatewayEvidence): boolean =>
  post === 'backend' && (seen.post?.status === 401 || seen.post?.status === 403);

/** It may be for want of this, which somebody said must be demanded and which was not presented. */
export const isRefusedWithout = (proof: Proof, evidence: GatewayEvidence): boolean =>
  isRefused(evidence) &&
  evidence.plan.expectAuth.has(proof) &&
  !evidence.seen.presented.includes(proof) &&
  // Nobody can have missed what nobody asked for.
  (proof !== 'client-certificate' || evidence.seen.client_certificate_requested !== false);

export const isExpectedRefusal = (evidence: GatewayEvidence): boolean =>
  [...evidence.plan.expectAuth].some((proof) => isRefusedWithout(proof, evidence));
