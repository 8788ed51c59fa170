/**
 * Who posted when, what became of it and how long it took; no header, no query and no body.
 * Source: API Gateway Developer Guide, $context variables for access logging.
 */
export const ACCESS_LOG_FIELDS = {
  time: '$context.requestTime',
  request_id: '$context.requestId',
  extended_request_id: '$context.extendedRequestId',
  domain_name: '$context.domainName',
  source_ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  resource: '$context.resourcePath',
  protocol: '$context.protocol',
  status: '$context.status',
  error_type: '$context.error.responseType',
  response_length: '$context.responseLength',
  response_ms: '$context.responseLatency',
  integration_status: '$context.integration.status',
  integration_ms: '$context.integration.latency',
  client_certificate: '$context.identity.clientCert.serialNumber',
  client_subject: '$context.identity.clientCert.subjectDN',
  api_key_id: '$context.identity.apiKeyId',
  user_arn: '$context.identity.userArn',
};
