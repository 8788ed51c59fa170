/** The status that comes with each error name: AWS KMS tells errors by name, most of them are a 400. */
const STATUS = {
  AccessDeniedException: 400,
  AlreadyExistsException: 400,
  DependencyTimeoutException: 503,
  DisabledException: 400,
  ExpiredTokenException: 400,
  InvalidAliasNameException: 400,
  InvalidArnException: 400,
  InvalidCiphertextException: 400,
  InvalidKeyUsageException: 400,
  InvalidMarkerException: 400,
  InvalidSignatureException: 400,
  KMSInternalException: 500,
  KMSInvalidStateException: 400,
  KeyUnavailableException: 500,
  LimitExceededException: 400,
  MissingAuthenticationTokenException: 400,
  NotFoundException: 400,
  RequestEntityTooLargeException: 413,
  SerializationException: 400,
  ThrottlingException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  UnsupportedOperationException: 400,
  ValidationException: 400,
} as const;

/** The errors of AWS KMS by name (AWS KMS API Reference, "Errors" of each action and "Common Errors"). */
export type KmsErrorName = keyof typeof STATUS;

const MESSAGE: Partial<Record<KmsErrorName, string>> = {
  AccessDeniedException:
    'User: arn:aws:iam::000000000000:user/till is not authorized to perform this action because no identity-based policy allows it',
  DependencyTimeoutException: 'The system timed out while trying to fulfill the request.',
  ExpiredTokenException: 'The security token included in the request is expired',
  InvalidSignatureException:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
  KMSInternalException: 'An internal exception happened.',
  KeyUnavailableException: 'The key is not available. Try again later.',
  MissingAuthenticationTokenException: 'Missing Authentication Token',
  ThrottlingException: 'Rate exceeded',
  UnrecognizedClientException: 'The security token included in the request is invalid.',
};

/** A refusal of AWS KMS: thrown by the operations, answered by the service. */
export class KmsError extends Error {
  override readonly name: KmsErrorName;
  readonly status: number;

  constructor(name: KmsErrorName, message: string = MESSAGE[name] ?? '') {
    super(message);
    this.name = name;
    this.status = STATUS[name];
  }
}

export const isKmsErrorName = (name: string): name is KmsErrorName => Object.hasOwn(STATUS, name);
