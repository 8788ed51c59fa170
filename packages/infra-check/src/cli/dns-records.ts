import type { AwsAnswer } from '../core/aws-call.ts';
import { CheckInputError } from '../core/check-error.ts';
import type { CheckName } from '../core/checks.ts';
import type { ControlPlaneObservation } from '../core/control-plane.ts';
import { unseen } from '../core/control-unseen.ts';
import { judgeAccess } from '../core/judge-control-access.ts';
import { planOf } from '../core/plan.ts';
import { isZoneId, type RecordSources, roadRecords } from '../core/road-records.ts';
import { parseTarget } from '../core/target.ts';
import { printable } from '../core/text.ts';
import { observeRecordSources, type RecordObservation } from '../probes/aws/record-sources.ts';
import { limitsOf } from '../probes/limits.ts';
import { RECORD_FORMATS, renderRecords } from '../render/records.ts';
import type { Invocation } from './arguments.ts';
import { EXIT } from './exit-codes.ts';
import { delivered } from './files.ts';
import type { Result } from './result.ts';
import { UsageError } from './usage-error.ts';
import type { World } from './world.ts';

const TTL_S = 300;
const TIMEOUT_S = 10;
const UNSURE = 'No records are written rather than some of them.';

/** Writes the records that the road needs: all of them, or none and a sentence why. @throws {UsageError | CheckInputError} */
export async function dnsRecords(
  { positionals: [positional], values }: Invocation,
  world: World,
): Promise<Result> {
  if (positional === undefined) {
    throw new UsageError(
      'No name and no URL is given.',
      'Write it: infra-check dns-records api.retsema.eu --aws.',
    );
  }
  const target = parseTarget(positional);
  if (target.isAddress) throw new CheckInputError('An address has no records.', 'Give the name.');
  const { aliasTargets, validation } = planOf(target, {
    aliasTarget: values['alias-target'],
    validation: values.validation,
  });
  const [aliasTarget = null, another] = aliasTargets;
  if (another !== undefined)
    throw new UsageError(
      'One record leads to one target, and --alias-target names several.',
      'Name the one that is to be.',
    );
  const given = {
    host: target.host,
    ttl: values.ttl ?? TTL_S,
    aliasTarget,
    aliasZone: values['alias-zone'] === undefined ? null : zoneIdOf(values['alias-zone']),
    validation,
  };
  const timeoutMs = (values.timeout ?? TIMEOUT_S) * 1000;
  const found = roadRecords(await sourcesOf(given, values.aws === true, timeoutMs, world));
  const format = RECORD_FORMATS.find((one) => one === values.format) ?? 'bind';
  const text = renderRecords(found, format);
  return delivered(values.output, text, EXIT.ok);
}

/** Route 53 writes `/hostedzone/Z2OJLYMUO9EFXC` too. */
function zoneIdOf(text: string): string {
  const id = text.replace(/^\/hostedzone\//, '');
  if (isZoneId(id)) return id;
  throw new UsageError(
    `The value "${printable(text)}" of --alias-zone is not the id of a hosted zone.`,
    'Write it as Route 53 shows it, such as Z2OJLYMUO9EFXC.',
  );
}

type Given = Pick<RecordSources, 'host' | 'ttl' | 'aliasTarget' | 'aliasZone' | 'validation'>;

async function sourcesOf(
  given: Given,
  asksAws: boolean,
  timeoutMs: number,
  world: World,
): Promise<RecordSources> {
  if (asksAws) {
    const signal = AbortSignal.any([world.signal, AbortSignal.timeout(timeoutMs)]);
    const seen = await observeRecordSources(given.host, limitsOf(timeoutMs, signal));
    return { ...given, ...checked(seen, given) };
  }
  if (given.aliasTarget === null || given.validation === null) {
    throw new UsageError(
      `${given.aliasTarget === null ? 'Where the name must lead' : 'The validation CNAME'} is not known.`,
      'Give --aws, or both --alias-target NAME and --validation NAME=TARGET.',
    );
  }
  return { ...given, domain: null, certificate: null, zones: [] };
}

/** What the options leave open must have been seen. */
function checked(
  { access, domain, certificate, zones }: RecordObservation,
  { aliasTarget, validation }: Given,
): Pick<RecordSources, 'domain' | 'certificate' | 'zones'> {
  if (access.outcome !== 'answer') throw refusal(judgeAccess({ ...NOTHING, access }));
  if (aliasTarget === null) needed(domain, 'control-plane.domain-name', 'The custom domain name');
  if (validation === null) {
    if (domain?.value && certificate === null) {
      throw new UsageError(
        `The custom domain name has no certificate of ACM. ${UNSURE}`,
        'Choose one, or give --validation.',
      );
    }
    needed(certificate ?? domain, 'control-plane.certificate', 'The certificate in ACM');
  }
  return {
    domain: domain?.value ?? null,
    certificate: certificate?.value ?? null,
    zones: zones?.value ?? [],
  };
}

function needed(answer: AwsAnswer<unknown> | null, check: CheckName, thing: string): void {
  if (answer !== null && answer.value === null) throw refusal(unseenOrRejected(answer, check, thing));
}

const unseenOrRejected = (answer: AwsAnswer<unknown>, check: CheckName, thing: string) => {
  const found = unseen(check, answer, thing);
  return found.status === 'skipped' ? judgeAccess({ ...NOTHING, access: answer.call }) : found;
};

const refusal = ({ summary, fix }: { summary: string; fix: string | null }): UsageError =>
  new UsageError(`${summary} ${UNSURE}`, fix ?? 'See infra-check --help.');

const NOTHING: Omit<ControlPlaneObservation, 'access'> = {
  region: null,
  clock_offset_s: null,
  domain: null,
  api_mappings: null,
  base_path_mappings: null,
  routing_rules: null,
  api: null,
  stage: null,
  deployment: null,
  methods: null,
  certificate: null,
  validation_seen: [],
  zones: null,
  zone_contents: [],
  keys: [],
};
