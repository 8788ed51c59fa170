import { routingOf, usesRules } from '../../core/api-route.ts';
import { type AwsAnswer, isGeneral } from '../../core/aws-call.ts';
import type { AcmFacts, ControlPlaneObservation, DomainNameFacts } from '../../core/control-plane.ts';
import type { AwsPlan } from '../../core/expectations.ts';
import type { Limits } from '../limits.ts';
import { observeApi, observeDeployment, observeMethods, observeStage } from './api.ts';
import { observeCertificate } from './certificate.ts';
import { observeApiMappings, observeBasePathMappings, observeDomain, observeRoutingRules } from './domain.ts';
import { observeKeys } from './keys.ts';
import { openSession, type Session } from './session.ts';
import { lookInto, nearestZones, observeZones, openRoute53 } from './zones.ts';

/** What is asked for, and how CNAME records are looked up. */
export interface ControlPlaneQuestion {
  host: string;
  path: string;
  aws: AwsPlan;
  /** By the run's own resolver; it must not throw. */
  lookUpCname(name: string): Promise<ControlPlaneObservation['validation_seen'][number]>;
}

type Domain = AwsAnswer<DomainNameFacts>;
type Gateway = Pick<
  ControlPlaneObservation,
  'api_mappings' | 'base_path_mappings' | 'routing_rules' | 'api' | 'stage' | 'deployment' | 'methods'
>;

const NOTHING_OF_GATEWAY: Gateway = {
  api_mappings: null,
  base_path_mappings: null,
  routing_rules: null,
  api: null,
  stage: null,
  deployment: null,
  methods: null,
};

const NOTHING: Omit<ControlPlaneObservation, 'access'> = {
  ...NOTHING_OF_GATEWAY,
  region: null,
  clock_offset_s: null,
  domain: null,
  certificate: null,
  validation_seen: [],
  zones: null,
  zone_contents: [],
  keys: [],
};

/** Asks AWS for the settings behind a name. It reads only, and never throws: what AWS refuses is data too. */
export async function observeControlPlane(
  question: ControlPlaneQuestion,
  limits: Limits,
): Promise<ControlPlaneObservation> {
  const { call, value: session } = await openSession(limits);
  if (session === null) return { ...NOTHING, access: call };
  try {
    const seen = await observeSettings(session, question);
    return { region: session.region, clock_offset_s: session.clock.offsetS, access: call, ...seen };
  } finally {
    session.close();
  }
}

async function observeSettings(
  session: Session,
  question: ControlPlaneQuestion,
): Promise<Omit<ControlPlaneObservation, 'region' | 'clock_offset_s' | 'access'>> {
  const { host, aws, lookUpCname } = question;
  const domain = observeDomain(session, host);
  const certificate = domain.then(({ value }) =>
    value?.certificate_arn ? observeCertificate(session, value.certificate_arn) : null,
  );
  const validationNames = certificate.then(recordNames);
  const [seenDomain, gateway, seenCertificate, validation, zones, keys] = await Promise.all([
    domain,
    domain.then((seen) => observeGateway(session, seen, question)),
    certificate,
    validationNames.then((names) => Promise.all(names.map(lookUpCname))),
    observeZonesOf(session, host, validationNames),
    observeKeys(session, aws),
  ]);
  return {
    ...gateway,
    domain: seenDomain,
    certificate: seenCertificate,
    validation_seen: validation,
    ...zones,
    keys,
  };
}

const MOST_RECORDS = 20;

const recordNames = (certificate: AwsAnswer<AcmFacts> | null): string[] =>
  [...new Set(certificate?.value?.validation.flatMap(({ record }) => record?.name ?? []))].slice(
    0,
    MOST_RECORDS,
  );

async function observeGateway(
  session: Session,
  domain: Domain,
  { host, path, aws }: ControlPlaneQuestion,
): Promise<Gateway> {
  if (isGeneral(domain.call)) return NOTHING_OF_GATEWAY;
  const mapped = await observeMappings(session, domain, host);
  const { route } = routingOf({ domain, ...mapped }, path);
  const id = route?.api ?? aws.api;
  if (!id) return { ...NOTHING_OF_GATEWAY, ...mapped };
  const api = await observeApi(session, id);
  const stageName = route?.stage ?? aws.stage;
  if (api.value === null || !stageName) return { ...NOTHING_OF_GATEWAY, ...mapped, api };
  const [stage, methods] = await Promise.all([
    observeStage(session, api.value, stageName),
    observeMethods(session, api.value),
  ]);
  const deployed = api.value.kind === 'REST' ? stage.value?.deployment : null;
  const deployment = deployed ? await observeDeployment(session, id, deployed) : null;
  return { ...mapped, api, stage, deployment, methods };
}

/** Nothing is asked of a domain name that is not there. */
async function observeMappings(
  session: Session,
  { call, value }: Domain,
  host: string,
): Promise<Pick<Gateway, 'api_mappings' | 'base_path_mappings' | 'routing_rules'>> {
  if (call.outcome === 'not_found')
    return { api_mappings: null, base_path_mappings: null, routing_rules: null };
  const [api_mappings, base_path_mappings, routing_rules] = await Promise.all([
    observeApiMappings(session, host),
    observeBasePathMappings(session, host),
    usesRules(value?.routing_mode ?? null) ? observeRoutingRules(session, host) : null,
  ]);
  return { api_mappings, base_path_mappings, routing_rules };
}

async function observeZonesOf(
  session: Session,
  host: string,
  validationNames: Promise<string[]>,
): Promise<Pick<ControlPlaneObservation, 'zones' | 'zone_contents'>> {
  const route53 = openRoute53(session);
  const zones = await observeZones(route53, host);
  const nearest = nearestZones(zones.value ?? []);
  return { zones, zone_contents: await lookInto(route53, nearest, host, await validationNames) };
}
