import { Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal, type IPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * All that an administrator needs, and nothing that opens or seals: no Decrypt, no Encrypt, and no CreateGrant, which
 * could give them away. Written out, for `kms:*` and even `kms:Get*` would change with KMS.
 */
const ADMINISTRATION = [
  'CancelKeyDeletion',
  'CreateAlias',
  'DeleteAlias',
  'DescribeKey',
  'DisableKey',
  'DisableKeyRotation',
  'EnableKey',
  'EnableKeyRotation',
  'GetKeyPolicy',
  'GetKeyRotationStatus',
  'ListGrants',
  'ListKeyPolicies',
  'ListResourceTags',
  'PutKeyPolicy',
  'RevokeGrant',
  'ScheduleKeyDeletion',
  'TagResource',
  'UntagResource',
  'UpdateAlias',
  'UpdateKeyDescription',
].map((action) => `kms:${action}`);

/**
 * The account's IAM policies decide who administers, so that the account can never be locked out of its key; none of
 * them can give what is not listed here. Source: KMS Developer Guide, Default key policy.
 */
export const administration = (): PolicyStatement =>
  onThisKey('AdministrationByIamPolicies', [new AccountRootPrincipal()], ADMINISTRATION);

/** In a key policy the resource `*` is the key that the policy belongs to. */
export const onThisKey = (
  sid: string,
  principals: IPrincipal[],
  actions: string[],
  conditions: Record<string, Record<string, unknown>> = {},
): PolicyStatement => new PolicyStatement({ sid, principals, actions, resources: ['*'], conditions });

/** Such as `sqs.eu-west-1.amazonaws.com`: the key only through that service. */
export const viaServices = (scope: Construct, ...services: string[]) => ({
  StringEquals: {
    'kms:ViaService': services.map((service) => `${service}.${Stack.of(scope).region}.amazonaws.com`),
  },
});
