import { type App, Stack } from 'aws-cdk-lib';
import { alarmTopic } from './alarm-topic.ts';
import { Alarms } from './alarms.ts';
import { Gateway } from './gateway.ts';
import { monitorPolicy } from './monitor-policy.ts';
import type { ShopOptions } from './options.ts';
import { writeOutputs } from './outputs.ts';
import { operatorPolicy, tillPolicy } from './people.ts';
import { Pipeline } from './pipeline.ts';
import { hostsOf, Road } from './road.ts';
import { functionRole } from './shop-function.ts';
import { ShopKeys } from './shop-keys.ts';
import { Tables } from './tables.ts';
import { transitKey } from './transit-key.ts';

/** One shop chain's side of the tills: keys, gateway, back end, books and, where it has a domain, the road to them. */
export class ShopStack extends Stack {
  constructor(app: App, id: string, options: ShopOptions) {
    super(app, id, {
      env: { region: options.region },
      description: "The shop behind the tills' stable name",
    });
    const { domain, dualStack, shops } = options;
    const roles = {
      accept: functionRole(this, 'accept'),
      decrypt: functionRole(this, 'decrypt'),
      process: functionRole(this, 'process'),
    };
    const keys = new ShopKeys(this, 'Keys', { options, decryptRole: roles.decrypt });
    const key = transitKey(this, Object.values(roles));
    const tables = new Tables(this, 'Tables', options.booksTable);
    const pipeline = new Pipeline(this, 'Pipeline', { options, roles, tables, transitKey: key });
    const gateway = new Gateway(this, 'Gateway', { options, accept: pipeline.accept });
    const road = domain && new Road(this, 'Road', { domain, dualStack, gateway });
    pipeline.listenFor([
      ...(domain ? hostsOf(domain).map((host) => `https://${host}`) : []),
      ...options.audiences,
      ...(options.disableDefaultEndpoint ? [] : [gateway.defaultOrigin]),
    ]);
    const topic = alarmTopic(this, options, key);
    new Alarms(this, 'Alarms', {
      topic,
      shops: Object.keys(shops),
      namespace: options.stackName,
      gateway,
      pipeline,
    });
    const policies = {
      till: tillPolicy(this, { keys, gateway, options }),
      operator: operatorPolicy(this, { keys, tables, pipeline, transitKey: key }),
      monitor: road && monitorPolicy(this, { options, keys, gateway, road }),
    };
    writeOutputs(this, { options, keys, gateway, road, pipeline, tables, policies });
  }
}
