import type { Plan, TlsVersion } from './expectations.ts';
import { TLS_VERSIONS } from './expectations.ts';
import { type Finding, finding } from './finding.ts';
import type { ConnectionObservation, TlsVersionObservation } from './observations.ts';
import { listed } from './text.ts';

const isOlder = (one: TlsVersion, least: TlsVersion): boolean =>
  TLS_VERSIONS.indexOf(one) < TLS_VERSIONS.indexOf(least);

export function judgeTls(
  connections: readonly ConnectionObservation[],
  tried: readonly TlsVersionObservation[],
  { minTls }: Plan,
): Finding {
  const check = 'certificate.tls';
  const used = [...new Set(connections.flatMap(({ protocol }) => protocol ?? []))];
  if (used.length === 0 && tried.length === 0)
    return finding(check, 'skipped', 'No connection shows a version of TLS.');
  if (minTls === null)
    return finding(
      check,
      'ok',
      `The connection uses ${used.join(' and ')}; older versions were not tried (--min-tls).`,
      { observed: used.join(', ') },
    );
  const isOne = new Set(tried.map(({ address }) => address)).size < 2;
  const at = ({ version, address }: TlsVersionObservation) => (isOne ? version : `${version} at ${address}`);
  const observed = listed(
    tried.map(
      (one) =>
        `${at(one)} ${one.outcome.replace('_', ' ')}${one.outcome === 'not_tried' ? ` (${one.detail})` : ''}`,
    ),
    16,
  );
  const expected = `${minTls} or later only`;
  const accepted = [
    ...tried.flatMap((one) => (one.outcome === 'accepted' ? [{ version: one.version, says: at(one) }] : [])),
    ...used.map((version) => ({ version, says: version })),
  ];
  const old = accepted.find(({ version }) => isOlder(version as TlsVersion, minTls));
  if (old) return finding(check, 'critical', `${old.says} is accepted.`, { observed, expected });
  const untried = tried.find(({ version, outcome }) => outcome === 'not_tried' && isOlder(version, minTls));
  if (untried || used.length === 0) {
    return finding(check, 'unknown', 'It could not be tried whether older versions are refused.', {
      observed,
      expected,
    });
  }
  return finding(check, 'ok', `Versions before ${minTls} are refused.`, { observed, expected });
}
