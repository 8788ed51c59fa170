import { RemovalPolicy, Tags } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  ArnPrincipal,
  type IRole,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { Alias, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { administration, onThisKey } from './key-statements.ts';
import type { KeyToMake, ShopOptions } from './options.ts';

/** RSAES-OAEP with SHA-256 is the only way in which a sale is sealed. */
const OAEP = { StringEquals: { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_256' } };

const openingOf = (arns: string[]) =>
  new PolicyStatement({ actions: ['kms:Decrypt'], resources: arns, conditions: OAEP });

interface ShopKeysProps {
  options: ShopOptions;
  /** Of the one function that may decrypt. */
  decryptRole: IRole;
}

/** The shops' keys and their aliases: the one thing that must outlive the stack, for what is sealed opens with nothing else. */
export class ShopKeys extends Construct {
  /** ARNs by shop, those that were made elsewhere first, and the one that the alias names last. */
  readonly byShop: Readonly<Record<string, readonly string[]>>;
  /** What a till does with a key. */
  readonly tillActions: readonly string[];

  constructor(scope: Construct, id: string, { options, decryptRole }: ShopKeysProps) {
    super(scope, id);
    const { shops, sealWith } = options;
    this.tillActions = sealWith === 'kms' ? ['kms:GetPublicKey', 'kms:Encrypt'] : ['kms:GetPublicKey'];
    this.byShop = Object.fromEntries(
      Object.entries(shops).map(([shop, { keys, aliasKey, formerKeys }]) => {
        const isLast = ({ label }: KeyToMake) => Number(label === aliasKey);
        const made = keys
          .toSorted((a, b) => isLast(a) - isLast(b))
          .map((key) => this.#key(shop, key, decryptRole));
        const target = aliasKey === undefined ? undefined : made.at(-1);
        if (target) this.#alias(shop, options.keyPrefix, target);
        return [shop, [...formerKeys, ...made.map(({ keyArn }) => keyArn)]];
      }),
    );
    const former = Object.values(shops).flatMap(({ formerKeys }) => formerKeys);
    // Their own policies stay as they are; they let IAM policies decide, as KMS makes them by default.
    if (former.length > 0) decryptRole.addToPrincipalPolicy(openingOf(former));
  }

  /** All that are opened. */
  get arns(): string[] {
    return Object.values(this.byShop).flat();
  }

  #key(shop: string, { label, spec }: KeyToMake, decryptRole: IRole): Key {
    const key = new Key(this, `${shop}.${label}`, {
      description: `Seals the sales of shop ${shop}, key ${label}`,
      keySpec: KeySpec[spec],
      keyUsage: KeyUsage.ENCRYPT_DECRYPT,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      policy: this.#policy(decryptRole),
    });
    Tags.of(key).add('shop', shop);
    return key;
  }

  #alias(shop: string, prefix: string, targetKey: Key): void {
    const alias = new Alias(this, `${shop}-alias`, { aliasName: `${prefix}${shop}`, targetKey });
    alias.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  }

  #policy(decryptRole: IRole): PolicyDocument {
    const [publicKey = '', ...encrypt] = this.tillActions;
    const account = [new AccountRootPrincipal()];
    return new PolicyDocument({
      statements: [
        administration(),
        onThisKey('TillsByIamPolicies', account, [publicKey]),
        ...(encrypt.length > 0 ? [onThisKey('SealingByIamPolicies', account, encrypt, OAEP)] : []),
        onThisKey('DecryptFunctionOnly', [new ArnPrincipal(decryptRole.roleArn)], ['kms:Decrypt'], OAEP),
      ],
    });
  }
}
