import type { CheckName } from './checks.ts';
import { dayText, isValidAt, lifetimeOf, spanText, timesOf } from './dates.ts';
import { limitsOf, nearestLimit, passedLimit } from './expiry.ts';
import { type Finding, finding } from './finding.ts';
import { isSignedBy } from './issuing.ts';
import type { Served } from './judge-leaf.ts';
import { isAccepted, judgeTrust, misfitText } from './judge-trust.ts';
import type { CertificateFacts } from './observations.ts';
import { listed } from './text.ts';
import { thresholdText } from './thresholds.ts';

type Judge = (served: Served) => Finding;

/** What stands behind the server's certificate, check by check. */
export const CHAIN_JUDGES = {
  'certificate.chain': asTaken(judgeChain),
  'certificate.trust': judgeTrust,
  'certificate.chain-expiry': asTaken(judgeChainExpiry, ({ chain, now }) =>
    chain.path.some((one) => !isValidAt(one, now)),
  ),
} satisfies Partial<Record<CheckName, Judge>>;

/**
 * What tills accept is broken for nobody of them, whatever was found of it here.
 * @param isDisproved whether that a till gets through disproves the finding
 */
function asTaken(judge: Judge, isDisproved: (served: Served) => boolean = () => true): Judge {
  return (served) => {
    const one = judge(served);
    return one.status === 'critical' && isAccepted(served) && isDisproved(served)
      ? { ...one, status: 'warning' }
      : one;
  };
}

const subjects = (chain: readonly CertificateFacts[]): string =>
  listed(
    chain.map(({ subject }) => subject || '(no name)'),
    8,
  );

/** What the server sends, whether or not anybody trusts it. */
function judgeChain({
  chain,
  connection: { served_chain: served, served_order_known: isKnown },
}: Served): Finding {
  const check = 'certificate.chain';
  const observed = subjects(served);
  if (!isKnown)
    return finding(check, 'unknown', 'What the server sent could not be read from the handshake.');
  if (chain.problem === 'incomplete') {
    const issuer = chain.path[0]?.issuer ?? 'the issuer';
    return finding(
      check,
      'critical',
      `The issuer, ${issuer}, is neither sent by the server nor trusted as a root.`,
      {
        observed,
        expected: `the certificate of ${issuer}`,
        fix: 'Import the certificate together with its intermediate certificates; where the issuer is a private root, name it by --ca.',
      },
    );
  }
  if (chain.problem === 'unfit-issuer' && chain.path.length === 1)
    return finding(check, 'critical', misfitText(chain), { observed, fix: undefined });
  const strangers = served.filter(
    (one) => !chain.path.some(({ fingerprint }) => fingerprint === one.fingerprint),
  );
  const isRepeated = new Set(served.map(({ fingerprint }) => fingerprint)).size < served.length;
  const inOrder = served.every((one, i) => i === 0 || isSignedBy(served[i - 1] as CertificateFacts, one));
  const expected = subjects(chain.path);
  if (isRepeated)
    return finding(check, 'warning', 'The server sends a certificate twice.', { observed, expected });
  if (inOrder)
    return finding(check, 'ok', `The server sends the chain complete and in order (${served.length}).`, {
      observed,
    });
  return strangers.length > 0
    ? finding(check, 'warning', 'The server sends certificates that do not belong to the chain.', {
        observed,
        expected,
      })
    : finding(check, 'warning', 'The server sends the chain in a wrong order.', { observed, expected });
}

/** The leaf has a check of its own; the limits are the same. */
function judgeChainExpiry({ chain, connection, plan, now }: Served): Finding {
  const check = 'certificate.chain-expiry';
  const [, ...above] = chain.path;
  if (above.length === 0)
    return finding(check, 'skipped', 'There is no certificate above that of the server.');
  const undated = above.find(
    (one) => Number.isNaN(timesOf(one).notAfter) || Number.isNaN(timesOf(one).notBefore),
  );
  if (undated)
    return finding(check, 'critical', 'A certificate of the chain has no readable dates.', {
      observed: undated.subject,
    });
  const first = earliest(above);
  const left = timesOf(first).notAfter - now;
  const observed = `${first.subject}: ${first.not_after}`;
  if (left <= 0)
    return finding(
      check,
      'critical',
      `A certificate of the chain has expired on ${dayText(first.not_after)}.`,
      { observed },
    );
  const future = above.find((one) => timesOf(one).notBefore > now);
  if (future)
    return finding(
      check,
      'critical',
      `A certificate of the chain is not valid before ${dayText(future.not_before)}.`,
      { observed: `${future.subject}: ${future.not_before}` },
    );
  const near = nearestLimit(above, plan);
  const passed = passedLimit(limitsOf(near, plan), now);
  if (passed !== undefined) {
    const span = spanText(timesOf(near).notAfter - now);
    const expected = `at least ${thresholdText(plan[passed], lifetimeOf(near))} left`;
    return finding(
      check,
      passed === 'warn' ? 'warning' : passed,
      `A certificate of the chain ends in ${span}.`,
      { observed: `${near.subject}: ${near.not_after}`, expected, affects: 'risk' },
    );
  }
  const unneeded = connection.served_chain.find(
    (one) => !chain.path.includes(one) && timesOf(one).notAfter <= now,
  );
  if (unneeded)
    return finding(
      check,
      'warning',
      'The server also sends an expired certificate that the chain does not need.',
      { observed: `${unneeded.subject}: ${unneeded.not_after}` },
    );
  return finding(check, 'ok', `The chain above is valid until ${dayText(first.not_after)}.`, { observed });
}

/** The one that ends first. */
export const earliest = (certificates: readonly CertificateFacts[]): CertificateFacts =>
  certificates.reduce((first, one) => (timesOf(one).notAfter < timesOf(first).notAfter ? one : first));
