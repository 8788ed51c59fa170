import type { DomainName } from '@aws-sdk/client-api-gateway';
import type { AwsAnswer } from '../../core/aws-call.ts';
import type { DomainNameFacts, MappingFacts, RoutingRuleFacts } from '../../core/control-plane.ts';
import { allPages, ask, type Question } from './ask.ts';
import { dnsName, text, texts } from './facts.ts';
import type { Session } from './session.ts';

const PAGE = 500;
const SMALL_PAGE = 100;

/** A question that API Gateway's policies know by its path. */
export const gatewayQuestion = (session: Session, operation: string, path: string): Question => ({
  operation,
  permission: 'apigateway:GET',
  resource: `arn:${session.partition}:apigateway:${session.region}::${path}`,
});

export function observeDomain(session: Session, host: string): Promise<AwsAnswer<DomainNameFacts>> {
  return ask(session, gatewayQuestion(session, 'GetDomainName', `/domainnames/${host}`), async ({ abort }) =>
    domainFacts(
      await session.gateway.send(new session.sdk.gateway.GetDomainNameCommand({ domainName: host }), abort),
    ),
  );
}

function domainFacts(domain: DomainName): DomainNameFacts {
  const { mutualTlsAuthentication: mutual } = domain;
  const types = texts(domain.endpointConfiguration?.types);
  const isEdge = types.includes('EDGE');
  return {
    name: dnsName(domain.domainName),
    arn: text(domain.domainNameArn),
    status: text(domain.domainNameStatus),
    status_message: text(domain.domainNameStatusMessage),
    endpoint_types: types,
    ip_address_type: text(domain.endpointConfiguration?.ipAddressType),
    security_policy: text(domain.securityPolicy),
    access_mode: text(domain.endpointAccessMode),
    certificate_arn: text(
      isEdge ? domain.certificateArn : (domain.regionalCertificateArn ?? domain.certificateArn),
    ),
    target_name: dnsName(isEdge ? domain.distributionDomainName : domain.regionalDomainName) || null,
    target_zone_id: text(isEdge ? domain.distributionHostedZoneId : domain.regionalHostedZoneId),
    routing_mode: text(domain.routingMode),
    mutual_tls: mutual?.truststoreUri
      ? { truststore: text(mutual.truststoreUri) ?? '', warnings: texts(mutual.truststoreWarnings) }
      : null,
  };
}

/** Of REST APIs only, and the only list that some emulations have. */
export function observeBasePathMappings(session: Session, host: string): Promise<AwsAnswer<MappingFacts[]>> {
  const question = gatewayQuestion(session, 'GetBasePathMappings', `/domainnames/${host}/basepathmappings`);
  return ask(session, question, async (asking) => {
    const mappings = await allPages(asking, async (position) => {
      const input = { domainName: host, limit: PAGE, position };
      const { items, position: next } = await session.gateway.send(
        new session.sdk.gateway.GetBasePathMappingsCommand(input),
        asking.abort,
      );
      return { items, next };
    });
    return mappings.map(({ basePath, restApiId, stage }) => ({
      base_path: basePathOf(basePath),
      api: text(restApiId) ?? '',
      stage: stageOf(stage),
    }));
  });
}

export function observeApiMappings(session: Session, host: string): Promise<AwsAnswer<MappingFacts[]>> {
  const question = gatewayQuestion(session, 'GetApiMappings', `/domainnames/${host}/apimappings`);
  return ask(session, question, async (asking) => {
    const mappings = await allPages(asking, async (NextToken) => {
      const input = { DomainName: host, MaxResults: String(PAGE), NextToken };
      const { Items: items, NextToken: next } = await session.gatewayV2.send(
        new session.sdk.gatewayV2.GetApiMappingsCommand(input),
        asking.abort,
      );
      return { items, next };
    });
    return mappings.map(({ ApiMappingKey, ApiId, Stage }) => ({
      base_path: basePathOf(ApiMappingKey),
      api: text(ApiId) ?? '',
      stage: stageOf(Stage),
    }));
  });
}

export function observeRoutingRules(session: Session, host: string): Promise<AwsAnswer<RoutingRuleFacts[]>> {
  const question = {
    operation: 'ListRoutingRules',
    permission: 'apigateway:ListRoutingRules',
    resource: `arn:${session.partition}:apigateway:${session.region}:*:/domainnames/${host}/routingrules/*`,
  };
  return ask(session, question, async (asking) => {
    const rules = await allPages(asking, async (NextToken) => {
      const input = { DomainName: host, MaxResults: SMALL_PAGE, NextToken };
      const { RoutingRules: items, NextToken: next } = await session.gatewayV2.send(
        new session.sdk.gatewayV2.ListRoutingRulesCommand(input),
        asking.abort,
      );
      return { items, next };
    });
    return rules.map(({ RoutingRuleId, Priority, Conditions = [], Actions = [] }) => {
      const invoked = Actions[0]?.InvokeApi;
      return {
        id: text(RoutingRuleId) ?? '',
        priority: Number(Priority),
        base_paths: texts(Conditions.flatMap(({ MatchBasePaths }) => MatchBasePaths?.AnyOf ?? [])).map(
          trimmed,
        ),
        headers: texts(
          Conditions.flatMap(({ MatchHeaders }) => MatchHeaders?.AnyOf ?? []).map(({ Header }) => Header),
        ),
        api: text(invoked?.ApiId) ?? '',
        stage: stageOf(invoked?.Stage),
        strips_base_path: invoked?.StripBasePath === true,
      };
    });
  });
}

const trimmed = (path: string): string => path.replace(/^\/+|\/+$/g, '');

/** `(none)` is the empty path in version 1. */
const basePathOf = (path: string | undefined): string => (path === '(none)' ? '' : trimmed(text(path) ?? ''));

const stageOf = (stage: string | undefined): string | null => (stage === '(none)' ? null : text(stage));
