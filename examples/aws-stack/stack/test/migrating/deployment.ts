import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { deploy } from '../moto/deploy.ts';
import { uploadAssets } from '../moto/first.ts';
import { type Known, type Resources, resolved } from '../moto/intrinsics.ts';
import { laidDown, type Outputs } from '../moto/laid-down.ts';
import type { Json } from '../support/policies.ts';

const STACK = new URL('../../../', import.meta.url);

interface Template {
  Resources: Resources;
  Outputs: Outputs;
}

/** `cdk deploy` into an account whose RSA keys are at the sandbox: moto can neither encrypt nor decrypt with RSA. */
export class Deployment {
  readonly #motoUrl: string;
  readonly #kms: KMSClient;
  #known = new Map<string, Known>();
  #resources: Resources = {};

  constructor(motoUrl: string, kmsUrl: string) {
    this.#motoUrl = motoUrl;
    this.#kms = new KMSClient({ endpoint: kmsUrl });
  }

  /** @returns what `--outputs-file` writes of the stack, last things first: CloudFormation promises no order */
  async deploy(synthesised: string): Promise<Record<string, string>> {
    const read = (name: string) => readFileSync(join(synthesised, name), 'utf8');
    const { Resources, Outputs } = JSON.parse(read('AmisShop.template.json')) as Template;
    this.#resources = Resources;
    if (this.#known.size === 0) {
      await uploadAssets(this.#motoUrl, join(synthesised, 'AmisShop.assets.json'));
      this.#known = new Map((await deploy('AmisShop', Resources)).known);
      this.#forget(({ KeySpec }) => String(KeySpec).startsWith('RSA'));
    }
    await this.#makeKeys();
    return Object.fromEntries(
      Object.entries(Outputs)
        .toReversed()
        .map(([name, { Value }]) => [name, String(resolved(Value, this.#known))]),
    );
  }

  get laidDown() {
    return laidDown(this.#resources, this.#known);
  }

  #forget(isAtTheSandbox: (properties: Record<string, Json>) => boolean): void {
    for (const [id, { Type, Properties = {} }] of Object.entries(this.#resources)) {
      if (Type === 'AWS::KMS::Key' && isAtTheSandbox(Properties)) this.#known.delete(id);
      if (Type === 'AWS::KMS::Alias') this.#known.delete(id);
    }
  }

  async #makeKeys(): Promise<void> {
    const missing = Object.entries(this.#resources).filter(([id]) => !this.#known.has(id));
    for (const [id, { Type, Properties = {} }] of missing) {
      if (Type !== 'AWS::KMS::Key') continue;
      const { KeyUsage, KeySpec } = Properties;
      const { KeyMetadata } = await this.#kms.send(new CreateKeyCommand({ KeyUsage, KeySpec } as object));
      const { KeyId = '', Arn = '' } = KeyMetadata ?? {};
      this.#known.set(id, { ref: KeyId, attributes: { Arn } });
    }
    for (const [id, { Type, Properties = {} }] of missing) {
      if (Type !== 'AWS::KMS::Alias') continue;
      const { AliasName, TargetKeyId } = resolved(Properties, this.#known) as Record<string, string>;
      await this.#kms.send(new CreateAliasCommand({ AliasName, TargetKeyId }));
      this.#known.set(id, { ref: AliasName ?? '', attributes: {} });
    }
  }
}

/** The real one, into a folder. @throws what it says */
export function cdkSynth(args: readonly string[], output: string): void {
  const command = ['synth', '--quiet', '--output', output, ...args];
  const { status, stderr } = spawnSync('node_modules/.bin/cdk', command, { cwd: STACK, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
