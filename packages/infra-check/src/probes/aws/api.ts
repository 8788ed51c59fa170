import type { AwsAnswer } from '../../core/aws-call.ts';
import type { ApiFacts, DeploymentFacts, MethodFacts, StageFacts } from '../../core/control-plane.ts';
import { allPages, ask } from './ask.ts';
import { gatewayQuestion } from './domain.ts';
import { text, time } from './facts.ts';
import type { Session } from './session.ts';

const PAGE = 500;

/** REST APIs stand in one list and HTTP APIs in another; an id is asked for in the first, then in the second. */
export async function observeApi(session: Session, id: string): Promise<AwsAnswer<ApiFacts>> {
  const question = gatewayQuestion(session, 'GetRestApi', `/restapis/${id}`);
  const rest = await ask(session, question, async ({ abort }): Promise<ApiFacts> => {
    const api = await session.gateway.send(
      new session.sdk.gateway.GetRestApiCommand({ restApiId: id }),
      abort,
    );
    return {
      id,
      kind: 'REST',
      name: text(api.name),
      default_endpoint_disabled: api.disableExecuteApiEndpoint === true,
    };
  });
  return rest.call.outcome === 'not_found' ? observeHttpApi(session, id) : rest;
}

function observeHttpApi(session: Session, id: string): Promise<AwsAnswer<ApiFacts>> {
  return ask(session, gatewayQuestion(session, 'GetApi', `/apis/${id}`), async ({ abort }) => {
    const api = await session.gatewayV2.send(new session.sdk.gatewayV2.GetApiCommand({ ApiId: id }), abort);
    return {
      id,
      kind: api.ProtocolType === 'WEBSOCKET' ? 'WEBSOCKET' : 'HTTP',
      name: text(api.Name),
      default_endpoint_disabled: api.DisableExecuteApiEndpoint === true,
    };
  });
}

export function observeStage(session: Session, api: ApiFacts, stage: string): Promise<AwsAnswer<StageFacts>> {
  if (api.kind !== 'REST') return observeHttpStage(session, api, stage);
  const question = gatewayQuestion(session, 'GetStage', `/restapis/${api.id}/stages/${stage}`);
  return ask(session, question, async ({ abort }) => {
    const seen = await session.gateway.send(
      new session.sdk.gateway.GetStageCommand({ restApiId: api.id, stageName: stage }),
      abort,
    );
    return {
      name: stage,
      deployment: text(seen.deploymentId),
      is_deployed_automatically: false,
      updated_at: time(seen.lastUpdatedDate),
      web_acl: text(seen.webAclArn),
    };
  });
}

function observeHttpStage(session: Session, api: ApiFacts, stage: string): Promise<AwsAnswer<StageFacts>> {
  const question = gatewayQuestion(
    session,
    'GetStage',
    `/apis/${api.id}/stages/${encodeURIComponent(stage)}`,
  );
  return ask(session, question, async ({ abort }) => {
    const seen = await session.gatewayV2.send(
      new session.sdk.gatewayV2.GetStageCommand({ ApiId: api.id, StageName: stage }),
      abort,
    );
    return {
      name: stage,
      deployment: text(seen.DeploymentId),
      is_deployed_automatically: seen.AutoDeploy === true,
      updated_at: time(seen.LastUpdatedDate),
      web_acl: null,
    };
  });
}

/** With the summary of the methods that it holds. */
export function observeDeployment(
  session: Session,
  api: string,
  deployment: string,
): Promise<AwsAnswer<DeploymentFacts>> {
  const question = gatewayQuestion(session, 'GetDeployment', `/restapis/${api}/deployments/${deployment}`);
  return ask(session, question, async ({ abort }) => {
    const input = { restApiId: api, deploymentId: deployment, embed: ['apisummary'] };
    const { createdDate, apiSummary } = await session.gateway.send(
      new session.sdk.gateway.GetDeploymentCommand(input),
      abort,
    );
    return {
      id: deployment,
      created_at: time(createdDate),
      methods: apiSummary
        ? Object.entries(apiSummary).flatMap(([path, methods]) =>
            Object.entries(methods).map(([method, one]) => methodFacts(method, path, one)),
          )
        : null,
    };
  });
}

/** As the API stands now. */
export function observeMethods(session: Session, api: ApiFacts): Promise<AwsAnswer<MethodFacts[]>> {
  if (api.kind !== 'REST') return observeRoutes(session, api.id);
  const question = gatewayQuestion(session, 'GetResources', `/restapis/${api.id}/resources`);
  return ask(session, question, async (asking) => {
    const resources = await allPages(asking, async (position) => {
      const input = { restApiId: api.id, embed: ['methods'], limit: PAGE, position };
      const { items, position: next } = await session.gateway.send(
        new session.sdk.gateway.GetResourcesCommand(input),
        asking.abort,
      );
      return { items, next };
    });
    return resources.flatMap(({ path, resourceMethods }) =>
      Object.entries(resourceMethods ?? {}).map(([method, one]) => methodFacts(method, path, one)),
    );
  });
}

function observeRoutes(session: Session, api: string): Promise<AwsAnswer<MethodFacts[]>> {
  return ask(session, gatewayQuestion(session, 'GetRoutes', `/apis/${api}/routes`), async (asking) => {
    const routes = await allPages(asking, async (NextToken) => {
      const input = { ApiId: api, MaxResults: String(PAGE), NextToken };
      const { Items: items, NextToken: next } = await session.gatewayV2.send(
        new session.sdk.gatewayV2.GetRoutesCommand(input),
        asking.abort,
      );
      return { items, next };
    });
    return routes.map(({ RouteKey, AuthorizationType, ApiKeyRequired }) => {
      const [method = '', path] = (RouteKey ?? '').split(' ');
      const one = { authorizationType: AuthorizationType, apiKeyRequired: ApiKeyRequired };
      return path === undefined ? methodFacts('ANY', method, one) : methodFacts(method, path, one);
    });
  });
}

const methodFacts = (
  method: string,
  path: string | undefined,
  one: { authorizationType?: string | undefined; apiKeyRequired?: boolean | undefined } | undefined,
): MethodFacts => ({
  method: text(method) ?? '',
  path: text(path) ?? '',
  authorization: text(one?.authorizationType),
  needs_api_key: one?.apiKeyRequired === true,
});
