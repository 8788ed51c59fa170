import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '@amis-shop/sandbox';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hasMoto, MOTO_MISSING } from '../../lambdas/test/support/moto.ts';
import { type Account, openAccount } from './moto/account.ts';
import { createStack, LEFT_OUT } from './moto/deploy.ts';
import { startFront, take, work } from './moto/front.ts';
import { environmentOf } from './moto/laid-down.ts';
import { run } from './support/commands.ts';
import { hasAwsCli } from './support/programs.ts';

interface Report {
  findings: { check: string; status: string; summary: string }[];
}

describe.skipIf(!hasMoto)(`laid down in an account as moto plays it${MOTO_MISSING}`, () => {
  let account: Account;

  beforeAll(async () => {
    account = await openAccount((hostedZoneId) => ({
      region: 'eu-west-1',
      shops: { AMIS1: {}, AMIS2: {} },
      domain: { name: 'retsema.eu', hostedZoneId, names: ['api', 'amis'] },
    }));
  }, 180_000);

  afterAll(() => account.moto.close());

  const judge = async (command: string) => {
    // Nothing resolves in moto and nothing serves: nothing listens there.
    const nowhere = ['--resolver', '127.0.0.1:9', '--connect', '127.0.0.1:9', '--timeout', '60'];
    const { stdout } = await run(command, '--only', 'control-plane', '--format', 'json', ...nowhere);
    const { findings } = JSON.parse(stdout) as Report;
    return Object.fromEntries(
      findings.map(({ check, status }) => [check.replace('control-plane.', ''), status]),
    );
  };

  test('what moto plays is made, and what it lacks is named', () => {
    expect(account.deployed.byCloudFormation).toEqual([
      'AWS::ApiGateway::Method',
      'AWS::ApiGateway::Resource',
      'AWS::ApiGateway::RestApi',
      'AWS::DynamoDB::Table',
      'AWS::IAM::ManagedPolicy',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::KMS::Alias',
      'AWS::Lambda::EventSourceMapping',
      'AWS::Lambda::Function',
      'AWS::Lambda::Permission',
      'AWS::Logs::LogGroup',
      'AWS::Route53::RecordSet',
      'AWS::SNS::Topic',
      'AWS::SQS::Queue',
    ]);
    // Not in moto's CloudFormation; a deployment has no id there, and a key made by it cannot be described.
    expect(account.deployed.byHand).toEqual([
      'AWS::ApiGateway::BasePathMapping',
      'AWS::ApiGateway::Deployment',
      'AWS::ApiGateway::DomainName',
      'AWS::ApiGateway::Model',
      'AWS::ApiGateway::RequestValidator',
      'AWS::ApiGateway::Stage',
      'AWS::CertificateManager::Certificate',
      'AWS::KMS::Key',
      'AWS::SNS::Subscription',
      'AWS::SNS::TopicPolicy',
      'AWS::SQS::QueuePolicy',
    ]);
    expect(LEFT_OUT).toEqual(['AWS::ApiGateway::Account', 'AWS::CloudWatch::Alarm']);
  });

  test('infra-check names the records that the stack has put into the zone, and the one that ACM asks for', async () => {
    const { stdout, status } = await run(
      'AWS_REGION=eu-west-1 infra-check dns-records api.retsema.eu --aws --format json',
    );
    expect(status).toBe(0);
    const { records } = JSON.parse(stdout) as {
      records: { name: string; type: string; values: string[]; alias: { target: string } | null }[];
    };
    expect(records.map(({ name, type, values }) => [name, type, values])).toEqual([
      ['api.retsema.eu', 'A', []],
      [expect.stringMatching(/^_\w+\.retsema\.eu$/), 'CNAME', [expect.stringContaining('acm-validations')]],
      ['retsema.eu', 'CAA', account.property('Road/Caa', 'ResourceRecords')],
    ]);
    expect(records[0]?.alias?.target).toBe(account.outputs['AliasTarget1']);

    // CloudFormation itself puts the validation into the zone; moto's does not.
    const [, validation] = records;
    const record = {
      HostedZoneId: account.zone,
      Name: `${validation?.name}.`,
      Type: 'CNAME',
      TTL: '300',
      ResourceRecords: validation?.values ?? [],
    };
    const stack = { Validation: { Type: 'AWS::Route53::RecordSet', Properties: record } };
    await createStack(new CloudFormationClient(), 'validation', stack, []);
  });

  test.each(['TryRoad1', 'TryRoad2'])('infra-check --aws finds the road of %s open', async (name) => {
    expect(await judge(account.outputs[name] ?? '')).toEqual({
      access: 'ok',
      'domain-name': 'ok',
      endpoint: 'ok',
      'tls-policy': 'ok',
      'mutual-tls': 'ok',
      mapping: 'ok',
      stage: 'ok',
      method: 'ok',
      alias: 'ok',
      validation: 'ok',
      'key-alias': 'ok',
      'key-state': 'ok',
      'key-usage': 'ok',
      // nobody delegates to moto, it has no TestDNSAnswer, and it serves nothing
      zone: 'unknown',
      'dns-answer': 'unknown',
      'served-certificate': 'skipped',
      // no certificate is in use there, and none is renewed
      certificate: 'warning',
      renewal: 'warning',
    });
  });

  test('version 2 has a road of its own, and a path beside it has none', async () => {
    const at = (path: string) => judge(account.outputs['TryRoad1']?.replace('/shop ', `${path} `) ?? '');
    expect(await at('/shop/v2')).toMatchObject({ mapping: 'ok', method: 'ok' });
    expect(await at('/shops')).toMatchObject({ mapping: 'ok', method: 'critical' });
  });

  test.skipIf(!hasAwsCli)('the commands of AWS in the outputs answer', async () => {
    const key = await run(account.outputs['TryKey'] ?? '');
    expect(JSON.parse(key.stdout)).toMatchObject({ KeyUsage: 'ENCRYPT_DECRYPT' });
    const books = await run(account.outputs['TryBooks'] ?? '');
    expect(JSON.parse(books.stdout)).toMatchObject({ Items: [] });
    for (const name of ['SendBackSealed', 'SendBackOpened']) {
      const command = account.outputs[name] ?? '';
      const checkedOnly = await run(`${command} --generate-cli-skeleton output`);
      expect(JSON.parse(checkedOnly.stdout)).toEqual({ TaskHandle: 'TaskHandle' });
    }
  });

  describe('a sale goes the whole way by the commands in the outputs', () => {
    const folder = mkdtempSync(join(tmpdir(), 'aws-stack-'));
    const sale = { sales: [{ item_no: '98', gross_number: '5', gross_turnover: '60.00' }] };
    let sandbox: Awaited<ReturnType<typeof startSandbox>>;
    let front: Awaited<ReturnType<typeof startFront>>;

    beforeAll(async () => {
      // moto opens nothing with RSA: the sandbox's KMS has the key.
      sandbox = await startSandbox({ shops: ['AMIS1'] });
      vi.stubEnv('AWS_ENDPOINT_URL_KMS', sandbox.kmsEndpoint);
      front = await startFront(environment('accept'));
      writeFileSync(join(folder, 'sale.json'), JSON.stringify(sale));
      await admin(account.outputs['RegisterShop1']);
      await admin(account.outputs['RegisterKey1']?.replace(/ --key \S+/, ''));
    }, 120_000);

    afterAll(async () => {
      vi.unstubAllEnvs();
      front.close();
      await sandbox.close();
      rmSync(folder, { recursive: true });
    });

    const environment = (name: string) => environmentOf(account, name, account.moto.url);
    const admin = async (command = '') => {
      const { status, stderr } = await run(command.replace('device.json', join(folder, 'device.json')));
      expect([status, stderr]).toEqual([0, '']);
    };
    const send = async (...more: string[]) => {
      const command = account.outputs['TrySale1']
        ?.replace(/https:\S+/, front.url)
        .replace('sale.json', join(folder, 'sale.json'));
      const { stdout, status } = await run(command ?? '', '--json', ...more);
      return { status, ...(JSON.parse(stdout) as { status_code: number; protocol: number }) };
    };
    const arrive = async (more: Record<string, string> = {}) => {
      await work('decrypt', account.ref('Pipeline/ToDecrypt/Queue'), { ...environment('decrypt'), ...more });
      await work('process', account.ref('Pipeline/ToProcess/Queue'), environment('process'));
    };
    const booked = async () => {
      const { Items } = await new DynamoDBClient().send(
        new QueryCommand({
          TableName: account.outputs['BooksTable'],
          KeyConditionExpression: 'shop_id = :shop',
          ExpressionAttributeValues: { ':shop': { S: 'AMIS1' } },
        }),
      );
      return Items?.map((item) => [
        item['record_type']?.S,
        item['gross_number']?.N,
        item['gross_turnover']?.N,
      ]);
    };

    test('from shop-send through topics, queues and bundles into the books', async () => {
      expect(await send()).toMatchObject({ status: 'accepted', status_code: 200, protocol: 1 });
      await arrive();
      expect(await booked()).toEqual([['s-00098', '5', '60']]);
    }, 120_000);

    test('a till that was registered signs, and what is sealed for another address is buried with the reason', async () => {
      const till = ['--till-id', 'till-07', '--device-key', join(folder, 'device.pem')];
      const made = await run(`shop-send till init ${till.join(' ')} --json`);
      writeFileSync(join(folder, 'device.json'), made.stdout);
      await admin(account.outputs['RegisterTill']);
      await admin(account.outputs['RegisterShop1']?.replace('optional', 'demanded'));

      expect(await send(...till)).toMatchObject({ status: 'accepted', protocol: 2 });
      await arrive();
      expect(await take(account.ref('Pipeline/ToDecrypt/DeadLetters'))).toEqual([
        expect.stringContaining('"jwe"'),
      ]);
      expect(await booked()).toEqual([['s-00098', '5', '60']]);

      expect(await send(...till)).toMatchObject({ status: 'accepted', protocol: 2 });
      await arrive({ AUDIENCES: `${environment('decrypt')['AUDIENCES']},${new URL(front.url).origin}` });
      expect(await booked()).toEqual([['s-00098', '10', '120']]);
    }, 120_000);
  });
});
