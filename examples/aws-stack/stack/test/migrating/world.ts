import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type Sandbox, startSandbox } from '@amis-shop/sandbox';
import { ACMClient, RequestCertificateCommand } from '@aws-sdk/client-acm';
import {
  APIGatewayClient,
  CreateBasePathMappingCommand,
  CreateDeploymentCommand,
  CreateDomainNameCommand,
  CreateRestApiCommand,
  GetResourcesCommand,
  PutIntegrationCommand,
  PutMethodCommand,
} from '@aws-sdk/client-api-gateway';
import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { createAuthority, issueCertificate } from '../../../../../packages/sandbox/src/certificates.ts';
import type { Certificate } from '../../../../../packages/sandbox/src/types.ts';
import { acceptHandler } from '../../../lambdas/src/accept/handler.ts';
import { posted } from '../../../lambdas/test/support/events.ts';
import { openLive } from '../../../lambdas/test/support/live.ts';
import { startMoto } from '../../../lambdas/test/support/moto.ts';
import { BUCKET, prepareAccount } from '../moto/first.ts';
import { environmentOf, queueAt } from '../moto/laid-down.ts';
import { cdkSynth, Deployment } from './deployment.ts';
import { type Api, newApi, oldApi, startFront } from './front.ts';

const ROOT = new URL('../../../../../', import.meta.url);
const NAME = 'api.retsema.eu';
/** The table of the back end of 2020. */
const TABLE = 'shops';
const source = (path: string) =>
  `exec ${process.execPath} --conditions=source ${fileURLToPath(new URL(path, ROOT))}`;
/** What moto does not play, so that infra-check cannot see it here. */
const NOT_PLAYED = [
  'zone',
  'dns-answer',
  'alias',
  'validation',
  'certificate',
  'served-certificate',
  'renewal',
];

export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

export type World = Awaited<ReturnType<typeof openWorld>>;

/** The shop of 2020 in an account, a till, and a terminal in which both are at hand. */
export async function openWorld() {
  process.env['MOTO_ACM_VALIDATION_WAIT'] = '1';
  const moto = await startMoto();
  process.env['AWS_ENDPOINT_URL'] = moto.url;
  const sandbox = await startSandbox({ domain: 'retsema.eu', oldBackEnd: true, dns: true });
  const folder = mkdtempSync(join(tmpdir(), 'migrating-'));
  await prepareAccount(BUCKET, 'retsema.eu');
  await createOldBooks();
  const oldApiId = await createOldApi();
  const apis = new Map<string, Api>([[oldApiId, oldApi(sandbox)]]);
  const authority = createAuthority();
  const [own, generated] = ['*.retsema.eu', '*.execute-api.eu-west-1.amazonaws.com'].map((name) =>
    issueCertificate(authority, { names: [name] }),
  ) as [Certificate, Certificate];
  const front = await startFront((name) => (name.endsWith('.retsema.eu') ? own : generated), apis);
  const deployment = new Deployment(moto.url, sandbox.kmsEndpoint);
  let live: Awaited<ReturnType<typeof openLive>> | undefined;

  /** What the wrapper of `pnpm` asks for where the document says `pnpm exec cdk deploy`. */
  const deploy = async (args: readonly string[]): Promise<void> => {
    const file = (name: string) => join(folder, name);
    const at = args.indexOf('--outputs-file');
    cdkSynth(
      args.toSpliced(at, 2).map((arg) => arg.replace(/^config=/, `config=${folder}/`)),
      file('cdk.out'),
    );
    const outputs = await deployment.deploy(file('cdk.out'));
    writeFileSync(file(args[at + 1] ?? ''), JSON.stringify({ AmisShop: outputs }));
    if (live) return;
    const { laidDown } = deployment;
    const environment = Object.assign(
      {},
      ...['accept', 'decrypt', 'process'].map((name) => environmentOf(laidDown, name, moto.url)),
    );
    process.env['AWS_ENDPOINT_URL_KMS'] = sandbox.kmsEndpoint;
    live = await openLive({
      environment,
      queues: {
        toDecrypt: queueAt(moto.url, laidDown.ref('Pipeline/ToDecrypt/Queue')),
        toProcess: queueAt(moto.url, laidDown.ref('Pipeline/ToProcess/Queue')),
      },
    });
    const accept = acceptHandler(environment);
    apis.set(
      outputs['ApiId'] ?? '',
      newApi((body) => accept(posted(body))),
    );
  };
  const deployments = createServer((request, response) => {
    text(request)
      .then((body) => deploy(JSON.parse(body)))
      .then(
        () => response.end(),
        (error) => response.writeHead(500).end(String(error)),
      );
  }).listen(0, '127.0.0.1');
  await once(deployments, 'listening');

  const env = writeTerminal(folder, {
    deployments: `http://127.0.0.1:${(deployments.address() as AddressInfo).port}`,
    sandbox,
    authority: authority.cert,
    connect: `127.0.0.1:${front.port}`,
    moto: moto.url,
  });
  return {
    folder,
    oldApiId,
    /** Totals of a shop in the table that both back ends know, by item. */
    books: async (shop: string) => {
      const { Items = [] } = await new DynamoDBClient().send(new ScanCommand({ TableName: TABLE }));
      const own = Items.filter((item) => item['shop_id']?.S === shop);
      return Object.fromEntries(own.map((item) => [item['record_type']?.S, item['gross_number']?.N]));
    },
    oldBooks: () => sandbox.books(),
    write: (name: string, value: object) => writeFileSync(join(folder, name), JSON.stringify(value)),
    read: (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')),
    run: (code: string) => inTerminal(folder, env, code),
    async close() {
      deployments.close();
      front.close();
      await live?.close();
      await sandbox.close();
      await moto.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Variables that one block sets are there in the next. */
async function inTerminal(folder: string, env: Record<string, string>, code: string): Promise<Ran> {
  const script = `set -euo pipefail; touch state; . ./state\n${code}\ndeclare -p url old new arn REGISTRY_TABLE >state 2>/dev/null || true\n`;
  const child = spawn('bash', ['-c', script], { cwd: folder, env: { ...process.env, ...env } });
  child.stdin.end();
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { status, stdout, stderr };
}

/** The commands of the document, from source and leading into this world. */
function writeTerminal(
  folder: string,
  at: { deployments: string; sandbox: Sandbox; authority: string; connect: string; moto: string },
): Record<string, string> {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, at.authority);
  const { servers, port } = at.sandbox.dns ?? { servers: [], port: 0 };
  const skipped = NOT_PLAYED.map((check) => `--skip control-plane.${check}`).join(' ');
  const commands = {
    // moto has no UpdateDomainName: the call is checked by the AWS CLI's own model, and not made.
    aws: `[ "$1 $2" = 'apigateway update-domain-name' ] && set -- "$@" --generate-cli-skeleton output
PATH=${process.env['PATH']} exec aws "$@"`,
    'shop-send': `${source('packages/cli/src/bin.ts')} "$@"`,
    'infra-check': `case " $* " in *" --aws "*) set -- "$@" ${skipped};; esac
${source('packages/infra-check/src/bin.ts')} "$@" --resolver ${servers[0]} --dns-port ${port} --allow-private --ca ${ca} --connect ${at.connect} --timeout 60`,
    pnpm: `[ "$1" = --silent ] && shift
[ "$1" = shop-admin ] && { shift; ${source('examples/aws-stack/lambdas/admin/main.ts')} "$@"; }
[ "$1" = build ] && { cd ${fileURLToPath(new URL('examples/aws-stack', ROOT))}; ${source('examples/aws-stack/lambdas/build.ts')}; }
[ "$1 $2 $3" = 'exec cdk deploy' ] && { shift 3
  exec ${process.execPath} -e 'fetch("${at.deployments}", { method: "POST", body: JSON.stringify(process.argv.slice(1)) }).then(async (answer) => { if (!answer.ok) { console.error(await answer.text()); process.exitCode = 1; } })' -- "$@"; }
echo "pnpm $*?" >&2; exit 2`,
  };
  for (const [name, code] of Object.entries(commands)) {
    writeFileSync(join(bin, name), `#!/usr/bin/env bash\n${code}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return {
    PATH: `${bin}:${process.env['PATH']}`,
    INIT_CWD: folder,
    AWS_PAGER: '',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: at.moto,
    AWS_ENDPOINT_URL_KMS: at.sandbox.kmsEndpoint,
    SHOP_SEND_CONNECT: at.connect,
    SHOP_SEND_CA: ca,
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
}

async function createOldBooks(): Promise<void> {
  const keys = [
    ['shop_id', 'HASH'],
    ['record_type', 'RANGE'],
  ] as const;
  await new DynamoDBClient().send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map(([AttributeName]) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys.map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
    }),
  );
}

/** An API with its stage, and the name that leads there. @returns its id */
async function createOldApi(): Promise<string> {
  const gateway = new APIGatewayClient();
  const { id: restApiId = '' } = await gateway.send(new CreateRestApiCommand({ name: 'shop of 2020' }));
  const { items: [root] = [] } = await gateway.send(new GetResourcesCommand({ restApiId }));
  const method = { restApiId, resourceId: root?.id ?? '', httpMethod: 'POST' };
  await gateway.send(new PutMethodCommand({ ...method, authorizationType: 'NONE' }));
  await gateway.send(new PutIntegrationCommand({ ...method, type: 'MOCK' }));
  await gateway.send(new CreateDeploymentCommand({ restApiId, stageName: 'prod' }));
  const { CertificateArn } = await new ACMClient().send(
    new RequestCertificateCommand({ DomainName: '*.retsema.eu', ValidationMethod: 'DNS' }),
  );
  const name = {
    domainName: NAME,
    regionalCertificateArn: CertificateArn,
    securityPolicy: 'TLS_1_2',
  } as const;
  await gateway.send(
    new CreateDomainNameCommand({ ...name, endpointConfiguration: { types: ['REGIONAL'] } }),
  );
  await gateway.send(new CreateBasePathMappingCommand({ domainName: NAME, restApiId, stage: 'prod' }));
  return restApiId;
}
