import type { Plan } from './expectations.ts';
import { type Finding, finding, worstFinding } from './finding.ts';
import type { ConnectionOutcome, KeyType, KeyTypeObservation } from './observations.ts';
import { type AtAddress, overAddresses } from './over-addresses.ts';
import { isInOrder } from './status.ts';

const check = 'certificate.key-types';

const NAMES: Readonly<Record<KeyType, string>> = { rsa: 'RSA', ecdsa: 'ECDSA' };

/** How a server ends the handshake that has no certificate of that type. */
const HAS_NONE: ReadonlySet<ConnectionOutcome> = new Set(['tls_alert', 'tls_failed', 'reset']);

/**
 * The certificates that tills do not get today. They stop nobody; who meets them is another client, or a till after a change
 * of the versions of TLS or of the order of suites at the gateway.
 * @param judge all that is to be said of one certificate
 */
export function judgeKeyTypes(
  tried: readonly KeyTypeObservation[],
  judge: (one: KeyTypeObservation) => Finding[],
  { keyTypes }: Plan,
): Finding {
  if (!keyTypes) return finding(check, 'skipped', 'Other types of keys were not asked for (--key-types).');
  const addresses = [...new Set(tried.map(({ address }) => address))];
  const [first, ...others] = addresses.map((address): AtAddress => {
    const findings = tried.filter((one) => one.address === address).map((one) => judgeOne(one, judge));
    return { address, finding: worstFinding(findings) };
  });
  return first
    ? overAddresses([first, ...others])
    : finding(check, 'skipped', 'No address could be asked: see certificate.connection.');
}

function judgeOne(one: KeyTypeObservation, judge: (one: KeyTypeObservation) => Finding[]): Finding {
  const { outcome, key_type: type, served_chain: served, detail } = one;
  const name = NAMES[type];
  if (served.length === 0)
    return HAS_NONE.has(outcome)
      ? finding(check, 'ok', `There is no ${name} certificate.`)
      : finding(check, 'unknown', `Whether there is an ${name} certificate could not be seen (${outcome}).`, {
          observed: detail ?? outcome,
          fix: 'Look at it again later: the address took a connection a moment before.',
        });
  const worst = worstFinding(judge(one));
  if (isInOrder(worst))
    return finding(check, 'ok', 'There are an RSA and an ECDSA certificate, and both are good.');
  const { status, summary, observed, expected, fix } = worst;
  return finding(check, status, `The ${name} certificate, which tills do not get today: ${summary}`, {
    observed: observed ?? undefined,
    expected: expected ?? undefined,
    fix: `Renew the ${name} certificate or take it away. ${fix ?? ''}`.trimEnd(),
  });
}
