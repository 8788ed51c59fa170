import { isSignedBy } from './chain.ts';
import type { CheckName } from './checks.ts';
import { dayText, lifetimeOf, spanText, timesOf } from './dates.ts';
import { limitsOf, nearestLimit, passedLimit } from './expiry.ts';
import { type Finding, finding } from './finding.ts';
import type { Served } from './judge-leaf.ts';
import { isEndedAsExpected } from './mutual-tls.ts';
import type { CertificateFacts } from './observations.ts';
import { listed } from './text.ts';
import { thresholdText } from './thresholds.ts';

type Judge = (served: Served) => Finding;

/** What stands behind the server's certificate, check by check. */
export const CHAIN_JUDGES = {
  'certificate.chain': judgeChain,
  'certificate.trust': judgeTrust,
  'certificate.chain-expiry': judgeChainExpiry,
} satisfies Partial<Record<CheckName, Judge>>;

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

const PROBLEMS = {
  'self-signed': 'The certificate is self-signed: nobody else vouches for it.',
  incomplete: 'The chain leads to no root: the certificate of the issuer is missing.',
  'unknown-issuer': 'The chain ends at an issuer that is neither sent nor trusted here.',
  'untrusted-root': 'The chain leads to a root that is not trusted here.',
  'too-long': 'The chain is longer than ten certificates.',
} as const;

/** Which checks say more of what OpenSSL dislikes. Node has no code for keys and signatures that are too weak. */
const TOLD_BY: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'See certificate.expiry and certificate.chain-expiry.',
  CERT_NOT_YET_VALID: 'See certificate.not-before and certificate.chain-expiry.',
  INVALID_PURPOSE: 'See certificate.usage.',
  UNSPECIFIED: 'See certificate.key and certificate.signature.',
};

/** Ours and OpenSSL's judgement must both be good. */
function judgeTrust({ chain, connection, plan }: Served): Finding {
  const { outcome, openssl_error: error } = connection;
  const check = 'certificate.trust';
  const evidence = { observed: subjects(chain.path), expected: 'a chain to a trusted root' };
  if (chain.problem) return finding(check, 'critical', PROBLEMS[chain.problem], evidence);
  if (error !== null) {
    return finding(check, 'critical', `OpenSSL does not accept the chain: ${error}.`, {
      ...evidence,
      observed: error,
      fix: TOLD_BY[error],
    });
  }
  if (isEndedAsExpected(connection, plan))
    return finding(
      check,
      'skipped',
      'The handshake ended for want of a client certificate, as expected.',
      evidence,
    );
  if (outcome !== 'established')
    return finding(check, 'unknown', 'The handshake failed before OpenSSL could judge the chain.', evidence);
  return finding(check, 'ok', `The chain leads to ${chain.path.at(-1)?.subject}.`, {
    observed: evidence.observed,
  });
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
      { observed: `${near.subject}: ${near.not_after}`, expected },
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
