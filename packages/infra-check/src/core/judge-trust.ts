import type { Chain } from './chain.ts';
import { isValidAt } from './dates.ts';
import { type Finding, finding } from './finding.ts';
import type { Served } from './judge-leaf.ts';
import { isEndedAsExpected } from './mutual-tls.ts';
import { listed } from './text.ts';

const check = 'certificate.trust';

/** Whether tills accept what was served, by the judgement of Node, on which they run. */
export const isAccepted = ({ connection }: Pick<Served, 'connection'>): boolean =>
  connection.outcome === 'established' && connection.openssl_error === null;

/** Node's judgement decides; ours says why. */
export function judgeTrust(served: Served): Finding {
  const { chain, connection, plan, now } = served;
  const subjects = chain.path.map(({ subject }) => subject || '(no name)');
  const evidence = { observed: listed(subjects, 8), expected: 'a chain to a trusted root' };
  if (isAccepted(served)) return judgeAccepted(chain, evidence);
  const { openssl_error: error, detail } = connection;
  const fix = connection.proxy === undefined ? undefined : opensTls(connection.proxy);
  if (chain.problem) return finding(check, 'critical', problemText(chain), { ...evidence, fix });
  const isOutdated = chain.path.some((one) => !isValidAt(one, now));
  const [fault] = isOutdated ? [] : chain.faults;
  if (fault) return refused(faultText(fault), { ...evidence, error, detail, fix: fault.fix });
  if (error === null && isEndedAsExpected(connection, plan))
    return finding(
      check,
      'skipped',
      'The handshake ended for want of a client certificate, as expected.',
      evidence,
    );
  if (error === null)
    return finding(check, 'unknown', 'The handshake failed before OpenSSL could judge the chain.', evidence);
  const root = subjects.at(-1);
  if (isOutdated)
    return refused(`The chain to ${root} is not valid now.`, { ...evidence, error, detail, fix: SEE_DATES });
  const [other] = chain.others;
  if (other === undefined)
    return refused(`OpenSSL does not accept the chain: ${said(error, detail)}.`, {
      ...evidence,
      error,
      detail,
    });
  const serveOnly = `Serve only ${listed(subjects.slice(0, -1), 8)}, in this order.`;
  return refused(
    `Tills take another certificate of the name ${other.subject} than the one that leads to ${root}, and refuse it.`,
    {
      ...evidence,
      error,
      detail,
      fix: connection.served_chain.includes(other)
        ? serveOnly
        : `Trust one certificate of the name ${other.subject}, or have the ones below it name its key (authority key identifier).`,
    },
  );
}

const opensTls = (proxy: string): string =>
  `The proxy ${proxy} may open TLS and show a certificate of its own: let it pass this name unopened, or let tills trust its authority (NODE_EXTRA_CA_CERTS, or ca; here --ca). Without the proxy: serve a certificate of a public authority (ACM).`;

const SEE_DATES = 'See certificate.expiry, certificate.not-before and certificate.chain-expiry.';

interface Refusal {
  observed: string;
  expected: string;
  error: string | null;
  detail: string | null;
  fix?: string;
}

const refused = (summary: string, { observed, expected, error, detail, fix }: Refusal): Finding =>
  finding(check, 'critical', summary, {
    observed: error === null ? observed : `${observed} (${said(error, detail)})`,
    expected,
    fix,
  });

/** Node gives no code to most of what it may dislike, and says it in words only. */
const said = (error: string, detail: string | null): string =>
  error === 'UNSPECIFIED' && detail !== null ? detail : error;

function judgeAccepted(
  chain: Chain,
  { observed, expected }: { observed: string; expected: string },
): Finding {
  const [fault] = chain.faults;
  const doubt = chain.problem ? problemText(chain) : fault && faultText(fault);
  return doubt
    ? finding(check, 'warning', `Tills accept the chain, and other clients may not. ${doubt}`, {
        observed,
        expected,
        fix: fault?.fix,
      })
    : finding(check, 'ok', `The chain leads to ${chain.path.at(-1)?.subject}.`, { observed });
}

const faultText = ({ certificate, says }: Chain['faults'][number]): string =>
  `${certificate.subject || 'The certificate'} ${says}.`;

const PROBLEMS = {
  'self-signed': 'The certificate is self-signed: nobody else vouches for it.',
  incomplete: 'The chain leads to no root: the certificate of the issuer is missing.',
  'unknown-issuer': 'The chain ends at an issuer that is neither sent nor trusted here.',
  'untrusted-root': 'The chain leads to a root that is not trusted here.',
  'too-complex':
    'So many certificates that could be issuers are sent that the chain was not followed to its end.',
} as const;

const problemText = (chain: Chain): string =>
  chain.problem === 'unfit-issuer' || chain.problem === null ? misfitText(chain) : PROBLEMS[chain.problem];

/** Of a certificate that has the name of the issuer, and cannot have issued what is below it. */
export const misfitText = ({ misfit, path }: Chain): string =>
  `${misfit?.issuer.subject} ${misfit?.says}, so it does not vouch for ${path.at(-1)?.subject || 'the certificate'}.`;
