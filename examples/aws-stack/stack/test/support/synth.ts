import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PATH_METADATA_ENABLE_CONTEXT } from 'aws-cdk-lib/cx-api';
import { afterAll } from 'vitest';
import { checkOptions } from '../../options.ts';
import { ShopStack } from '../../shop-stack.ts';

const { context } = JSON.parse(readFileSync(new URL('../../../cdk.json', import.meta.url), 'utf8'));

const folder = mkdtempSync(join(tmpdir(), 'aws-stack-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Where it was synthesised to, for those that read files. */
export interface Synthesised {
  template: Template;
  file: string;
  assets: string;
}

/** The template as `cdk synth` writes it; the same settings of cdk.json, no network and no account. */
export function synthesise(given: object): Synthesised {
  const options = checkOptions(given);
  const app = new App({
    outdir: mkdtempSync(join(folder, 'cdk.out-')),
    context: { ...context, [PATH_METADATA_ENABLE_CONTEXT]: true },
    analyticsReporting: false,
  });
  const stack = new ShopStack(app, options.stackName, options);
  const assembly = app.synth();
  const { templateFullPath } = assembly.getStackByName(options.stackName);
  const assets = `${assembly.directory}/${options.stackName}.assets.json`;
  return { template: Template.fromStack(stack), file: templateFullPath, assets };
}
