import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import { ACCOUNT, REGION } from './intrinsics.ts';

/** What is there before a shop is laid down: the bucket of the CDK's bootstrap, and the zone. @returns the zone's id */
export async function prepareAccount(bucket: string, zone: string): Promise<string> {
  const client = new CloudFormationClient();
  const Resources = {
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: bucket } },
    Zone: { Type: 'AWS::Route53::HostedZone', Properties: { Name: `${zone}.` } },
  };
  const StackName = 'first';
  await client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources }) }));
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
  return (
    StackResources.find(({ LogicalResourceId }) => LogicalResourceId === 'Zone')?.PhysicalResourceId ?? ''
  );
}

export const BUCKET = `cdk-hnb659fds-assets-${ACCOUNT}-${REGION}`;

interface Manifest {
  files: Record<
    string,
    {
      source: { path: string; packaging: 'file' | 'zip' };
      destinations: Record<string, { objectKey: string }>;
    }
  >;
}

/** The bundles of the functions, as `cdk deploy` puts them there. */
export async function uploadAssets(url: string, manifest: string): Promise<number> {
  const { files } = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;
  const sent = Object.values(files).map(async ({ source: { path, packaging }, destinations }) => {
    const file = join(dirname(manifest), path);
    const body = packaging === 'zip' ? zipped(file) : readFileSync(file);
    for (const { objectKey } of Object.values(destinations)) {
      const { ok, status } = await fetch(`${url}/${BUCKET}/${objectKey}`, { method: 'PUT', body });
      if (!ok) throw new Error(`moto takes no ${objectKey}: ${status}`);
    }
  });
  return (await Promise.all(sent)).length;
}

/** Python is there where moto is. */
function zipped(folder: string): Buffer<ArrayBuffer> {
  const file = `${folder}.zip`;
  const { status, stderr } = spawnSync('python3', ['-m', 'zipfile', '-c', file, join(folder, 'index.mjs')]);
  if (status !== 0) throw new Error(String(stderr));
  const zip = readFileSync(file);
  rmSync(file);
  return zip;
}
