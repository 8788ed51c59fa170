import { App } from 'aws-cdk-lib';
import { OptionsError } from '../stack/options-error.ts';
import { readOptions } from '../stack/options-file.ts';
import { ShopStack } from '../stack/shop-stack.ts';

const app = new App();
try {
  const options = readOptions(String(app.node.tryGetContext('config')));
  new ShopStack(app, options.stackName, options);
} catch (error) {
  if (!(error instanceof OptionsError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
