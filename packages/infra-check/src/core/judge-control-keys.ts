import type { CheckName } from './checks.ts';
import type { ControlEvidence, ControlJudge } from './control-evidence.ts';
import type { KeyFacts, ShopKeyObservation } from './control-plane.ts';
import { observedOf, unseen } from './control-unseen.ts';
import { type Finding, finding } from './finding.ts';
import { listed, printable } from './text.ts';

/** The keys of the shops: one finding for all of them, which names the ones that are not well. */
export const KEY_JUDGES = {
  'control-plane.key-alias': judgeAliases,
  'control-plane.key-state': (evidence) =>
    judgeFacts('control-plane.key-state', evidence, stateProblem, 'Enabled'),
  'control-plane.key-usage': (evidence) =>
    judgeFacts('control-plane.key-usage', evidence, usageProblem, 'RSA, ENCRYPT_DECRYPT, RSAES_OAEP_SHA_256'),
} satisfies Partial<Record<CheckName, ControlJudge>>;

const NO_SHOP = 'No shop is given (--shop).';
const MOST_LISTED = 10;

const isMissing = ({ key }: ShopKeyObservation): boolean => key.call.outcome === 'not_found';

function judgeAliases({ seen: { keys, region, access }, plan }: ControlEvidence): Finding {
  const check = 'control-plane.key-alias';
  const absent = nothingSeen(check, keys, plan.aws?.shops ?? [], access.outcome === 'answer');
  if (absent) return absent;
  const missing = keys.filter(isMissing);
  const expected = listed(
    keys.map(({ alias }) => alias),
    MOST_LISTED,
  );
  if (missing.length > 0) {
    const names = listed(
      missing.map(({ alias }) => alias),
      MOST_LISTED,
    );
    return finding(check, 'critical', `KMS has no key by ${names} in ${region} of this account.`, {
      observed: `${missing.length} of ${keys.length} missing`,
      expected,
    });
  }
  return (
    unseenKey(check, keys) ??
    finding(check, 'ok', `Every shop has its key (${keys.length}).`, { observed: expected, expected })
  );
}

function judgeFacts(
  check: CheckName,
  { seen: { keys, access }, plan }: ControlEvidence,
  problemOf: (key: KeyFacts) => string | undefined,
  expected: string,
): Finding {
  const absent = nothingSeen(check, keys, plan.aws?.shops ?? [], access.outcome === 'answer');
  if (absent) return absent;
  const there = keys.flatMap(({ alias, key }) =>
    key.value ? [{ alias, problem: problemOf(key.value) }] : [],
  );
  const broken = there.filter(({ problem }) => problem !== undefined);
  const [first] = broken;
  if (first) {
    return finding(check, 'critical', `The key behind ${first.alias} is ${first.problem}.`, {
      observed: printable(
        listed(
          broken.map(({ alias, problem }) => `${alias}: ${problem}`),
          MOST_LISTED,
        ),
        600,
      ),
      expected,
    });
  }
  const hidden = unseenKey(check, keys);
  if (hidden) return hidden;
  if (there.length === 0) return finding(check, 'skipped', 'No key was found (control-plane.key-alias).');
  return finding(check, 'ok', `All keys are as they should be (${there.length}).`, {
    observed: expected,
    expected,
  });
}

function nothingSeen(
  check: CheckName,
  keys: readonly ShopKeyObservation[],
  shops: readonly string[],
  hasAccess: boolean,
): Finding | undefined {
  if (shops.length === 0) return finding(check, 'skipped', NO_SHOP);
  if (!hasAccess || keys.length === 0)
    return finding(check, 'skipped', 'AWS cannot be asked (control-plane.access).');
  return;
}

/** The first that could not be seen, for whatever reason but that it is not there. */
function unseenKey(check: CheckName, keys: readonly ShopKeyObservation[]): Finding | undefined {
  const hidden = keys.filter(({ key }) => key.value === null && !isMissing({ key, alias: '', shop: '' }));
  const [first] = hidden;
  if (!first) return;
  const one = unseen(check, first.key, `The key behind ${first.alias}`);
  return hidden.length === 1
    ? one
    : { ...one, observed: `${observedOf(first.key.call)} (and ${hidden.length - 1} more)` };
}

function stateProblem({ state, deletion_date }: KeyFacts): string | undefined {
  if (state === 'Enabled' || state === 'Updating') return;
  const end = deletion_date ? `, to be deleted on ${deletion_date.slice(0, 10)}` : '';
  return printable(`${state ?? 'of no state'}${end}`);
}

function usageProblem({ usage, spec, encryption_algorithms }: KeyFacts): string | undefined {
  const isRsa = /^RSA_(?:2048|3072|4096)$/.test(spec ?? '');
  if (usage === 'ENCRYPT_DECRYPT' && isRsa && encryption_algorithms.includes('RSAES_OAEP_SHA_256')) return;
  return printable(`${spec ?? 'of no spec'} for ${usage ?? 'no usage'}`);
}
