import { type Services, startMoto } from '../../../lambdas/test/support/moto.ts';
import type { Json } from '../support/policies.ts';
import { synthesise } from '../support/synth.ts';
import { type Deployed, deploy } from './deploy.ts';
import { BUCKET, prepareAccount, uploadAssets } from './first.ts';
import type { Resources } from './intrinsics.ts';
import { laidDown, type Outputs } from './laid-down.ts';

export interface Account {
  moto: Services;
  zone: string;
  deployed: Deployed;
  outputs: Record<string, string>;
  /** The value of a property of the resource at a path of constructs, such as `Pipeline/decrypt/Function`. */
  property(path: string, name: string): Json;
  /** What `Ref` gives for it. */
  ref(path: string): string;
}

/** An account with one shop in it. The environment of this process leads there. */
export async function openAccount(options: (hostedZoneId: string) => object): Promise<Account> {
  process.env['MOTO_ACM_VALIDATION_WAIT'] = '1';
  const moto = await startMoto();
  process.env['AWS_ENDPOINT_URL'] = moto.url;
  const zone = await prepareAccount(BUCKET, 'retsema.eu');
  const { template, assets } = synthesise(options(zone));
  await uploadAssets(moto.url, assets);
  const { Resources, Outputs: outputs } = template.toJSON() as { Resources: Resources; Outputs: Outputs };
  const deployed = await deploy('AmisShop', Resources);
  const laid = laidDown(Resources, deployed.known);
  return { moto, zone, deployed, ...laid, outputs: laid.outputs(outputs) };
}
