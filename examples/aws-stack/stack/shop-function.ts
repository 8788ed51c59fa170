import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export type FunctionName = 'accept' | 'decrypt' | 'process';

interface ShopFunctionProps {
  /** The folder below `lambdas/dist` that holds its bundle. */
  name: FunctionName;
  role: Role;
  timeoutSeconds: number;
  logRetentionDays: number;
  environment: Record<string, string>;
  /** What it may do beside writing its own log. */
  may: PolicyStatement[];
}

const bundleOf = (name: FunctionName) => fileURLToPath(new URL(`../lambdas/dist/${name}`, import.meta.url));

/** Roles come first and hold nothing, so that key policies can name them before there is anything to do. */
export const functionRole = (scope: Construct, name: FunctionName): Role =>
  new Role(scope, `${name}-role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });

/** One Lambda with a role and a log of its own. */
export class ShopFunction extends Construct {
  readonly lambda: LambdaFunction;

  constructor(scope: Construct, id: string, props: ShopFunctionProps) {
    super(scope, id);
    const { name, role, timeoutSeconds, logRetentionDays, environment, may } = props;
    const logGroup = new LogGroup(this, 'Log', {
      retention: logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    role.addToPolicy(allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn));
    for (const statement of may) role.addToPolicy(statement);
    this.lambda = new LambdaFunction(this, 'Function', {
      description: `The shop's ${name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(bundleOf(name)),
      memorySize: 512,
      timeout: Duration.seconds(timeoutSeconds),
      environment,
      logGroup,
      role,
    });
  }
}

export const allow = (actions: string[], ...resources: string[]): PolicyStatement =>
  new PolicyStatement({ actions, resources });
