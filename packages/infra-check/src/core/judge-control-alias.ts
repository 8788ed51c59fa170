import type { ControlEvidence } from './control-evidence.ts';
import type { DomainNameFacts, RecordSetFacts, ZoneContents } from './control-plane.ts';
import { unseen } from './control-unseen.ts';
import { type Finding, finding } from './finding.ts';
import { isStageName, sameName, upwards } from './names.ts';
import { listed, printable } from './text.ts';

const CHECK = 'control-plane.alias';

/** Whether the name's records in the hosted zone lead to the custom domain name. */
export function judgeAlias({ name, records }: ZoneContents, { seen, host }: ControlEvidence): Finding {
  if (records.value === null) return unseen(CHECK, records, "The name's records");
  const domain = seen.domain?.value;
  const target = domain?.target_name;
  const expected = target ? `alias A -> ${target} (${domain.target_zone_id})` : 'an alias A record';
  const sets = setsOf(records.value, host);
  const leading = sets.filter(({ type }) => type === 'A' || type === 'CNAME');
  const observed = listed(sets.map(recordText));
  if (leading.length === 0) {
    if (records.call.truncated) return unseen(CHECK, records, "The name's records");
    return finding(CHECK, 'critical', `The hosted zone ${printable(name)} has no A record for ${host}.`, {
      observed: observed || 'none',
      expected,
    });
  }
  const stage = leading.find((set) => targetsOf(set).some(isStageName));
  if (stage) {
    return finding(
      CHECK,
      'critical',
      'The record leads to the generated URL of a stage, not to the custom domain name.',
      { observed, expected },
    );
  }
  if (!target) {
    return finding(CHECK, 'unknown', 'Where the record must lead was not seen (control-plane.domain-name).', {
      observed,
      expected,
      fix: 'See control-plane.domain-name.',
    });
  }
  return judgeTargets(leading, sets, domain, { observed, expected });
}

function judgeTargets(
  leading: readonly RecordSetFacts[],
  sets: readonly RecordSetFacts[],
  domain: DomainNameFacts,
  evidence: { observed: string; expected: string },
): Finding {
  const right = leading.filter((set) =>
    targetsOf(set).some((target) => sameName(target, domain.target_name ?? '')),
  );
  if (right.length === 0) {
    const isPlain = leading.every(({ type, alias }) => type === 'A' && alias === null);
    return isPlain
      ? finding(
          CHECK,
          'warning',
          'The A record holds plain addresses, and those of a gateway change.',
          evidence,
        )
      : finding(CHECK, 'critical', 'The record leads elsewhere than to the custom domain name.', evidence);
  }
  const strangeZone = right.find(
    ({ alias }) => alias && domain.target_zone_id && alias.zone_id !== domain.target_zone_id,
  );
  if (strangeZone) {
    return finding(
      CHECK,
      'critical',
      'The alias names another hosted zone id than that of its target.',
      evidence,
    );
  }
  if (right.length < leading.length) {
    return finding(
      CHECK,
      'warning',
      `Only ${right.length} of ${leading.length} record sets lead to this custom domain name.`,
      evidence,
    );
  }
  const isDualStack = domain.ip_address_type === 'dualstack';
  if (!isDualStack && sets.some(({ type, alias }) => type === 'AAAA' && alias)) {
    return finding(
      CHECK,
      'warning',
      'There is an alias AAAA record, and the custom domain name has IPv4 only: it leads nowhere.',
      {
        ...evidence,
        fix: 'Remove the AAAA record, or set the IP address type of the custom domain name to dualstack.',
      },
    );
  }
  return finding(CHECK, 'ok', 'The record leads to the custom domain name.', evidence);
}

/** The name's own record sets, else those of the nearest wildcard (RFC 4592). */
function setsOf(records: readonly RecordSetFacts[], host: string): RecordSetFacts[] {
  const names = [
    host,
    ...upwards(host)
      .slice(1)
      .map((above) => `*.${above}`),
  ];
  const named = names.map((one) => records.filter(({ name }) => name === one));
  return named.find((sets) => sets.length > 0) ?? [];
}

const targetsOf = ({ type, alias, values }: RecordSetFacts): string[] =>
  alias ? [alias.target.replace(/^dualstack\./, '')] : type === 'CNAME' ? values : [];

const recordText = ({ name, type, alias, values, set_identifier }: RecordSetFacts): string => {
  const leads = alias ? `alias ${alias.target} (${alias.zone_id})` : listed(values, 4);
  return printable(`${name} ${type}${set_identifier === null ? '' : ` [${set_identifier}]`} ${leads}`);
};
