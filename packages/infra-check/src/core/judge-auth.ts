import { provesMethod } from './answers.ts';
import type { ClientIdentity, Proof } from './auth-settings.ts';
import { isRefusedWithout } from './backend-refusal.ts';
import { type Finding, finding } from './finding.ts';
import type { GatewayEvidence } from './gateway-evidence.ts';
import { thresholdMs } from './thresholds.ts';

const CHECK = 'gateway.auth';
/** The days are those of the till, which warns of its own certificate; of a short one they would be all that it has. */
const SOON = { percent: 30, days: 14 };

const WORDS: Readonly<Record<Proof, string>> = {
  'client-certificate': 'a client certificate',
  sigv4: 'a signature (SigV4)',
  'api-key': 'an API key',
};

/** Whether the gateway demands what it is expected to, and how long what is presented is valid. */
export function judgeAuth(evidence: GatewayEvidence): Finding {
  const { plan, seen, at } = evidence;
  const { presented } = seen;
  const expected = [...plan.expectAuth];
  const { certificate } = plan.auth;
  if (expected.length === 0 && presented.length === 0 && !certificate) {
    const summary =
      'Nothing is presented, and nothing expected to be demanded (--cert, --sigv4, --api-key-file, --expect-auth).';
    return finding(CHECK, 'skipped', summary);
  }
  const open = expected.find((proof) => isNotDemanded(proof, evidence));
  const observed = `presented: ${presented.map((proof) => WORDS[proof]).join(', ') || 'nothing'}`;
  if (open)
    return finding(
      CHECK,
      'warning',
      `The gateway lets a request pass without ${WORDS[open]}, which it is expected to demand.`,
      { observed, expected: `a refusal without ${WORDS[open]}` },
    );
  const trouble = certificate && troubleOf(certificate, at);
  if (trouble)
    return finding(CHECK, 'warning', trouble, {
      observed,
      fix: 'Give the check, and the tills that use it, a certificate that is valid.',
    });
  const summary =
    presented.length > 0
      ? `The check presents ${presented.map((proof) => WORDS[proof]).join(', ')}.`
      : `The gateway is expected to demand ${expected.map((proof) => WORDS[proof]).join(', ')}, and nothing is presented.`;
  return finding(CHECK, 'ok', summary, { observed });
}

/** As far as a request without it shows; what is presented shows nothing of that. */
function isNotDemanded(proof: Proof, evidence: GatewayEvidence): boolean {
  const { seen, get, post } = evidence;
  if (isRefusedWithout(proof, evidence)) return false;
  if (proof === 'client-certificate') {
    const isAnswered = get !== undefined || post !== undefined;
    return isAnswered && (seen.client_certificate_requested === false || !seen.presented.includes(proof));
  }
  return !seen.presented.includes(proof) && post !== undefined && provesMethod(post);
}

function troubleOf({ subject, notBefore, notAfter }: ClientIdentity, at: number): string | undefined {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  if (at >= notAfter)
    return `The client certificate that is presented (${subject}) has ended on ${day(notAfter)}.`;
  if (at < notBefore)
    return `The client certificate that is presented (${subject}) does not begin before ${day(notBefore)}.`;
  return notAfter - at <= thresholdMs(SOON, notAfter - notBefore)
    ? `The client certificate that is presented (${subject}) ends on ${day(notAfter)}.`
    : undefined;
}
