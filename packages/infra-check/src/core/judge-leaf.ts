import { FIXED_KEYS, LEAST_BITS, SERVER_AUTH } from './algorithms.ts';
import { detailsOf, x509Of } from './certificate.ts';
import type { Chain } from './chain.ts';
import type { CheckName } from './checks.ts';
import { dayText, lifetimeOf, partText, spanText, timesOf } from './dates.ts';
import type { Plan } from './expectations.ts';
import { limitsOf, passedLimit } from './expiry.ts';
import { type Finding, finding } from './finding.ts';
import { isStageName } from './names.ts';
import type { CertificateFacts, ConnectionObservation } from './observations.ts';
import { readOcsp } from './ocsp.ts';
import { servesTls } from './path-faults.ts';
import { hasReadableNames, matchingName } from './server-identity.ts';
import { listed } from './text.ts';
import { thresholdText } from './thresholds.ts';

/** One certificate as it was served, with what is needed to judge it. */
export interface Served {
  leaf: CertificateFacts;
  chain: Chain;
  connection: ConnectionObservation;
  host: string;
  plan: Plan;
  /** Milliseconds since the epoch. */
  now: number;
}

type Judge = (served: Served) => Finding;

/** What the server's own certificate is worth, check by check. */
export const LEAF_JUDGES = {
  'certificate.stage-url': judgeStageUrl,
  'certificate.name': judgeName,
  'certificate.not-before': judgeNotBefore,
  'certificate.expiry': judgeExpiry,
  'certificate.key': judgeKey,
  'certificate.signature': judgeSignature,
  'certificate.usage': judgeUsage,
  'certificate.issuer': judgeIssuer,
  'certificate.ocsp': judgeOcsp,
} satisfies Partial<Record<CheckName, Judge>>;

function judgeStageUrl({ leaf, host }: Served): Finding {
  const check = 'certificate.stage-url';
  const stage = leaf.dns_names.find(isStageName);
  if (!stage || isStageName(host))
    return finding(check, 'ok', 'The certificate is not that of generated stage URLs.');
  return finding(
    check,
    'critical',
    'The certificate of generated stage URLs is served: the name leads to an API and not to its own domain name.',
    { observed: stage, expected: `a certificate for ${host}` },
  );
}

function judgeName({ leaf, host, connection }: Served): Finding {
  const check = 'certificate.name';
  const match = matchingName(leaf, host);
  if (match !== undefined)
    return finding(check, 'ok', `The certificate is for ${match}.`, { observed: match, expected: host });
  const names = [...leaf.dns_names, ...leaf.ip_addresses];
  const isReadable = hasReadableNames(leaf);
  const none = isReadable ? 'no name in the subjectAltName' : 'a subjectAltName that cannot be read';
  const evidence = { observed: names.length > 0 ? listed(names) : none, expected: host };
  if (!isReadable && connection.openssl_error === null)
    return finding(check, 'unknown', 'The names of the certificate cannot be read here.', evidence);
  const summary =
    connection.name_error === null
      ? `The certificate names ${host} in a way that Node accepts and other clients refuse.`
      : `The certificate is not for ${host}.`;
  return finding(check, 'critical', summary, evidence);
}

function judgeNotBefore({ leaf, now }: Served): Finding {
  const check = 'certificate.not-before';
  const { notBefore } = timesOf(leaf);
  const observed = leaf.not_before;
  if (Number.isNaN(notBefore))
    return finding(check, 'critical', 'The certificate has no readable beginning.');
  return notBefore > now
    ? finding(check, 'critical', `The certificate is not valid before ${dayText(leaf.not_before)}.`, {
        observed,
        expected: 'a day in the past',
      })
    : finding(check, 'ok', `The certificate is valid since ${dayText(leaf.not_before)}.`, { observed });
}

function judgeExpiry({ leaf, now, plan }: Served): Finding {
  const check = 'certificate.expiry';
  const { notAfter } = timesOf(leaf);
  if (Number.isNaN(notAfter)) return finding(check, 'critical', 'The certificate has no readable end.');
  const left = notAfter - now;
  if (left <= 0) {
    return finding(check, 'critical', `The certificate has expired on ${dayText(leaf.not_after)}.`, {
      observed: leaf.not_after,
      expected: 'a day in the future',
      fix: renewalFix(leaf),
    });
  }
  const lifetime = lifetimeOf(leaf);
  const observed = `${leaf.not_after}, ${partText(left, lifetime)} left`;
  const passed = passedLimit(limitsOf(leaf, plan), now);
  if (passed === undefined)
    return finding(check, 'ok', `The certificate is valid for ${spanText(left)} more.`, { observed });
  return finding(
    check,
    passed === 'warn' ? 'warning' : passed,
    `The certificate ends in ${spanText(left)}, and nothing has renewed it.`,
    {
      observed,
      expected: `at least ${thresholdText(plan[passed], lifetime)} left`,
      fix: renewalFix(leaf),
      affects: 'risk',
    },
  );
}

/** ACM renews what Amazon issued; the table says how to look there. */
const renewalFix = ({ issuer }: CertificateFacts): string | undefined =>
  /(?:^|, )(?:O=Amazon(?:,|$)|CN=Amazon (?:RSA|ECDSA|Root) )/.test(issuer)
    ? undefined
    : `Renew it where it was issued (${issuer}), and look at what should have renewed it: its job, and whether the server has loaded the new one.`;

function judgeKey({ leaf: { key } }: Served): Finding {
  const check = 'certificate.key';
  const observed = [key.type, key.curve ?? key.bits].filter((part) => part !== null).join(' ');
  if (FIXED_KEYS.has(key.type)) return finding(check, 'ok', 'The key is strong enough.', { observed });
  const least = LEAST_BITS[key.type];
  if (least === undefined || key.bits === null)
    return finding(check, 'unknown', 'The kind of key is not known here.', { observed });
  return key.bits < least
    ? finding(check, 'critical', `The key has only ${key.bits} bits.`, {
        observed,
        expected: `at least ${least} bits`,
      })
    : finding(check, 'ok', 'The key is strong enough.', { observed });
}

/** A root is trusted as it is: its own signature counts for nothing. */
function judgeSignature({ leaf, chain }: Served): Finding {
  const check = 'certificate.signature';
  const signed = chain.trusted && chain.path.length > 1 ? chain.path.slice(0, -1) : chain.path;
  const judged = (signed.length > 0 ? signed : [leaf]).map((one) => ({
    subject: one.subject,
    ...detailsOf(one).signature,
  }));
  const weak = judged.find((one) => one.weak);
  const expected = 'SHA-256 or better';
  if (weak)
    return finding(check, 'critical', `A certificate is signed by ${weak.name}.`, {
      observed: `${weak.subject}: ${weak.name}`,
      expected,
    });
  const strange = judged.find(({ name }) => name === null);
  if (strange)
    return finding(check, 'unknown', 'A signature algorithm is not known here.', {
      observed: strange.id,
      expected,
    });
  return finding(check, 'ok', 'All signatures are of today.', {
    observed: listed([...new Set(judged.map(({ name }) => name ?? ''))]),
  });
}

/** Without a list of usages a certificate serves any, as RFC 5280 says and OpenSSL does; public authorities must write one. */
function judgeUsage({ leaf: { extended_key_usage: usages, is_ca: isCa }, plan: { ca } }: Served): Finding {
  const check = 'certificate.usage';
  const observed = usages === null ? 'no extended key usage' : listed(usages);
  const expected = `serverAuth (${SERVER_AUTH})`;
  if (usages !== null && !servesTls(usages)) {
    const summary = 'The certificate may not be used for TLS servers.';
    return finding(check, 'critical', summary, { observed, expected });
  }
  if (isCa) {
    const summary = 'The certificate of an authority is served as that of a server.';
    return finding(check, 'critical', summary, { observed: 'CA:TRUE', expected: 'CA:FALSE' });
  }
  return usages === null && ca === null
    ? finding(
        check,
        'warning',
        'The certificate does not say what it may be used for, as those of public authorities must.',
        { observed, expected },
      )
    : finding(check, 'ok', 'The certificate may be used for TLS servers.', { observed });
}

function judgeIssuer({ leaf, chain, plan: { expectIssuer } }: Served): Finding {
  const check = 'certificate.issuer';
  const issuers = [leaf.issuer, ...chain.path.slice(1).map(({ subject }) => subject)];
  const observed = leaf.issuer;
  if (expectIssuer === null)
    return finding(check, 'ok', `The certificate was issued by ${leaf.issuer}.`, { observed });
  const isThere = issuers.some((issuer) => issuer.toLowerCase().includes(expectIssuer.toLowerCase()));
  return isThere
    ? finding(check, 'ok', 'The issuer is the expected one.', { observed, expected: expectIssuer })
    : finding(check, 'critical', 'The certificate was issued by somebody else.', {
        observed,
        expected: expectIssuer,
      });
}

function judgeOcsp({ leaf, chain, connection, now }: Served): Finding {
  const check = 'certificate.ocsp';
  const response = connection.ocsp_response;
  if (response === null) {
    return leaf.must_staple
      ? finding(check, 'critical', 'The certificate demands a stapled OCSP answer, and none was sent.', {
          observed: 'none',
          expected: 'a stapled answer (RFC 7633)',
        })
      : finding(check, 'skipped', 'No OCSP answer was stapled, so nothing is known of a revocation.', {
          observed: 'none',
        });
  }
  const issuer = chain.path[1];
  const answer = issuer && readOcsp(Buffer.from(response, 'base64'), x509Of(leaf), x509Of(issuer));
  const expected = 'good, current, signed by the issuer';
  if (!answer)
    return finding(check, 'warning', 'An OCSP answer was stapled that cannot be judged.', {
      observed: 'unreadable, or about another certificate',
      expected,
    });
  const observed = `${answer.status}, from ${isoDay(answer.thisUpdate)} to ${answer.nextUpdate === null ? 'no end' : isoDay(answer.nextUpdate)}`;
  if (!answer.genuine)
    return finding(check, 'warning', 'The stapled OCSP answer is not signed by the issuer.', {
      observed,
      expected,
    });
  if (answer.status === 'revoked')
    return finding(check, 'critical', 'The certificate is revoked.', { observed, expected });
  const isCurrent = answer.thisUpdate <= now && (answer.nextUpdate === null || answer.nextUpdate > now);
  if (!isCurrent)
    return finding(check, 'warning', 'The stapled OCSP answer is not current.', { observed, expected });
  return answer.status === 'good'
    ? finding(check, 'ok', 'The stapled OCSP answer says that the certificate is good.', { observed })
    : finding(check, 'warning', 'The stapled OCSP answer does not know the certificate.', {
        observed,
        expected,
      });
}

const isoDay = (time: number): string =>
  Number.isNaN(time) ? 'an unreadable day' : dayText(new Date(time).toISOString());
