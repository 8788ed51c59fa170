import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  IpAddressType,
  type IResource,
  LambdaIntegration,
  LogGroupLogDestination,
  type Method,
  MethodLoggingLevel,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ACCESS_LOG_FIELDS } from './access-log.ts';
import { messageModels } from './message-models.ts';
import type { ShopOptions } from './options.ts';
import type { ShopFunction } from './shop-function.ts';

export const STAGE = 'prod';

interface GatewayProps {
  options: ShopOptions;
  accept: ShopFunction;
}

/** The REST API with POST /shop and POST /shop/v2, deployed to the stage `prod`. */
export class Gateway extends Construct {
  readonly api: RestApi;
  readonly methods: readonly Method[];

  constructor(scope: Construct, id: string, { options, accept }: GatewayProps) {
    super(scope, id);
    const { stackName, dualStack, disableDefaultEndpoint, throttle, authorization } = options;
    const log = new LogGroup(this, 'AccessLog', {
      retention: options.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.api = new RestApi(this, 'Api', {
      restApiName: stackName,
      endpointConfiguration: {
        types: [EndpointType.REGIONAL],
        ipAddressType: dualStack ? IpAddressType.DUAL_STACK : IpAddressType.IPV4,
      },
      disableExecuteApiEndpoint: disableDefaultEndpoint,
      cloudWatchRole: options.apiGatewayLogRole,
      ...(options.apiGatewayLogRole && { cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN }),
      deployOptions: {
        stageName: STAGE,
        accessLogDestination: new LogGroupLogDestination(log),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
        loggingLevel: MethodLoggingLevel.OFF,
        dataTraceEnabled: false,
        metricsEnabled: true,
        throttlingRateLimit: throttle.ratePerSecond,
        throttlingBurstLimit: throttle.burst,
      },
    });
    this.api.node.tryRemoveChild('Endpoint');
    const models = messageModels(this.api);
    const requestValidator = this.api.addRequestValidator('Bodies', { validateRequestBody: true });
    const integration = new LambdaIntegration(accept.lambda, { allowTestInvoke: false });
    const demands = {
      authorizationType: authorization === 'iam' ? AuthorizationType.IAM : AuthorizationType.NONE,
      apiKeyRequired: authorization === 'api-key',
    };
    const post = (resource: IResource, model?: (typeof models)[keyof typeof models]) =>
      resource.addMethod('POST', integration, {
        ...demands,
        ...(model && { requestValidator, requestModels: { 'application/json': model } }),
      });
    const shop = this.api.root.addResource('shop');
    this.methods = [
      post(shop, options.refuseRubbish ? models.version1 : undefined),
      post(shop.addResource('v2'), models.version2),
    ];
    if (authorization === 'api-key') this.#letInByKey(options);
  }

  /** Where tills reach it without a name of our own, such as `https://54dwcigu3a.execute-api.eu-west-1.amazonaws.com`. */
  get defaultOrigin(): string {
    const { region, urlSuffix } = Stack.of(this);
    return `https://${this.api.restApiId}.execute-api.${region}.${urlSuffix}`;
  }

  #letInByKey({ stackName, apiKeys, throttle }: ShopOptions): void {
    const plan = this.api.addUsagePlan('Tills', {
      name: `${stackName}-tills`,
      throttle: { rateLimit: throttle.ratePerSecond, burstLimit: throttle.burst },
      apiStages: [{ stage: this.api.deploymentStage }],
    });
    for (const name of apiKeys)
      plan.addApiKey(this.api.addApiKey(`Key-${name}`, { apiKeyName: `${stackName}-${name}` }));
  }
}
