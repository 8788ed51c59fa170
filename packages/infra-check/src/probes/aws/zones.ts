import type {
  ListResourceRecordSetsCommandOutput,
  ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import type { AwsAnswer } from '../../core/aws-call.ts';
import type {
  HostedZoneFacts,
  RecordSetFacts,
  TestDnsFacts,
  ZoneContents,
} from '../../core/control-plane.ts';
import { normalName, upwards } from '../../core/names.ts';
import { type Asking, ask } from './ask.ts';
import { dnsName, text, texts } from './facts.ts';
import type { Session } from './session.ts';

const MOST_CANDIDATES = 6;
const MOST_ZONES = 4;
const MOST_RECORDS = 100;
/** How many validation records are looked up; a certificate rarely has more names. */
const MOST_NAMES = 20;

export interface Route53 {
  session: Session;
  sdk: Session['sdk']['route53'];
  client: Route53Client;
}

export const openRoute53 = (session: Session): Route53 => ({
  session,
  sdk: session.sdk.route53,
  client: new session.sdk.route53.Route53Client(session.settings),
});

/** The hosted zones of the account that bear the name or one above it, the longest name first. */
export function observeZones(
  { session, sdk, client }: Route53,
  host: string,
): Promise<AwsAnswer<HostedZoneFacts[]>> {
  const question = {
    operation: 'ListHostedZonesByName',
    permission: 'route53:ListHostedZonesByName',
    resource: '*',
  };
  return ask(session, question, async ({ abort, leaveRest }) => {
    const zones: HostedZoneFacts[] = [];
    for (const candidate of upwards(host).slice(0, -1).slice(-MOST_CANDIDATES)) {
      const input = { DNSName: `${candidate}.`, MaxItems: MOST_RECORDS };
      const page = await client.send(new sdk.ListHostedZonesByNameCommand(input), abort);
      const own = (page.HostedZones ?? []).filter(({ Name }) => dnsName(Name) === candidate);
      if (page.IsTruncated && own.length === page.HostedZones?.length) leaveRest();
      zones.push(...own.map(zoneFacts));
    }
    return zones;
  });
}

const zoneFacts = ({
  Id,
  Name,
  Config,
}: {
  Id: string | undefined;
  Name: string | undefined;
  Config?: { PrivateZone?: boolean | undefined } | undefined;
}): HostedZoneFacts => ({
  id: (text(Id) ?? '').replace('/hostedzone/', ''),
  name: dnsName(Name),
  is_private: Config?.PrivateZone === true,
});

/** The public zones of the longest name. */
export function nearestZones(zones: readonly HostedZoneFacts[]): HostedZoneFacts[] {
  const open = zones.filter(({ is_private }) => !is_private);
  return open.filter(({ name }) => name === open[0]?.name).slice(0, MOST_ZONES);
}

/** One after another: Route 53 takes five questions a second from an account. */
export async function lookInto(
  route53: Route53,
  zones: readonly HostedZoneFacts[],
  host: string,
  validationNames: readonly string[],
): Promise<ZoneContents[]> {
  const contents: ZoneContents[] = [];
  for (const { id, name } of zones) {
    const isWithin = (one: string) => one === name || one.endsWith(`.${name}`);
    const wildcards = upwards(host)
      .slice(1)
      .filter(isWithin)
      .map((above) => `*.${above}`);
    const names = [host, ...wildcards, ...validationNames.filter(isWithin).slice(0, MOST_NAMES)];
    contents.push({
      id,
      name,
      name_servers: await observeNameServers(route53, id),
      records: await observeRecords(route53, id, names),
      test: await observeTestAnswer(route53, id, host),
    });
  }
  return contents;
}

const zoneQuestion = ({ session }: Route53, operation: string, id: string) => ({
  operation,
  permission: `route53:${operation}`,
  resource: `arn:${session.partition}:route53:::hostedzone/${id}`,
});

function observeNameServers(route53: Route53, id: string): Promise<AwsAnswer<string[]>> {
  const { session, sdk, client } = route53;
  return ask(session, zoneQuestion(route53, 'GetHostedZone', id), async ({ abort }) => {
    const { DelegationSet } = await client.send(new sdk.GetHostedZoneCommand({ Id: id }), abort);
    return texts(DelegationSet?.NameServers).map(dnsName);
  });
}

function observeRecords(
  route53: Route53,
  id: string,
  names: readonly string[],
): Promise<AwsAnswer<RecordSetFacts[]>> {
  return ask(route53.session, zoneQuestion(route53, 'ListResourceRecordSets', id), async (asking) => {
    const found: RecordSetFacts[] = [];
    for (const name of names) found.push(...(await recordsNamed(route53, id, name, asking)));
    return found;
  });
}

/** Record sets are listed in the order of names, from the one that is named. */
async function recordsNamed(
  { sdk, client }: Route53,
  id: string,
  name: string,
  { abort, leaveRest }: Asking,
): Promise<RecordSetFacts[]> {
  const input = { HostedZoneId: id, StartRecordName: `${name}.`, MaxItems: MOST_RECORDS };
  const page: ListResourceRecordSetsCommandOutput = await client.send(
    new sdk.ListResourceRecordSetsCommand(input),
    abort,
  );
  const own = (page.ResourceRecordSets ?? []).filter(({ Name }) => dnsName(Name) === normalName(name));
  if (page.IsTruncated && own.length === page.ResourceRecordSets?.length) leaveRest();
  return own.map(recordFacts);
}

const recordFacts = ({
  Name,
  Type,
  SetIdentifier,
  ResourceRecords,
  AliasTarget,
}: ResourceRecordSet): RecordSetFacts => ({
  name: dnsName(Name),
  type: text(Type) ?? '',
  set_identifier: text(SetIdentifier),
  values: texts(ResourceRecords?.map(({ Value }) => Value)),
  alias: AliasTarget
    ? {
        target: dnsName(AliasTarget.DNSName),
        zone_id: text(AliasTarget.HostedZoneId) ?? '',
        evaluates_health: AliasTarget.EvaluateTargetHealth === true,
      }
    : null,
});

function observeTestAnswer(route53: Route53, id: string, host: string): Promise<AwsAnswer<TestDnsFacts>> {
  const { session, sdk, client } = route53;
  const question = { ...zoneQuestion(route53, 'TestDNSAnswer', id), resource: '*' };
  return ask(session, question, async ({ abort }) => {
    const input = { HostedZoneId: id, RecordName: host, RecordType: 'A' as const };
    const answer = await client.send(new sdk.TestDNSAnswerCommand(input), abort);
    return {
      rcode: text(answer.ResponseCode) ?? '',
      data: texts(answer.RecordData),
      name_server: dnsName(answer.Nameserver) || null,
    };
  });
}
