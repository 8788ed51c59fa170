import type { CheckSpec } from './check-spec.ts';

export const GATEWAY_CHECKS = {
  'gateway.answer': {
    meaning: 'The address answers an HTTP request on the same connection, and the POST of --post-probe too.',
    severity:
      'critical: no answer, none that is HTTP, or one that does not end or breaks off, also if to each of three POSTs; warning: to one of them, or to the GET alone; unknown: no answer to the POST within the time of the run',
    remedy: 'Look what listens at the address: it speaks TLS, but gives no HTTP answer that ends.',
  },
  'gateway.api': {
    meaning: 'The answer comes from an API Gateway (REST or HTTP API, told apart by their headers).',
    severity:
      'critical: a captive portal or proxy answers (redirect, web page, status 511), also if to the POST alone, or nothing shows that it is an API Gateway; warning: the latter, and a POST is answered as the shop does',
    remedy:
      'Where a portal or proxy answers: log in to the network, or let the tills pass the proxy. Where another server does (a load balancer, nginx): look where the name leads.',
  },
  'gateway.mapping': {
    meaning: 'The name is mapped to an API and a stage.',
    severity:
      'critical: everything under the name is refused with Forbidden, which a missing mapping does, but also WAF, mutual TLS or a disabled endpoint',
    remedy:
      'Add the API mapping of the empty path to the stage in the custom domain name; if it is there, look at WAF, mutual TLS and the disabled default endpoint, in this order.',
  },
  'gateway.auth': {
    meaning:
      'The gateway demands what --expect-auth says, and the client certificate that is presented stays valid.',
    severity:
      'warning: a request passes without what must be demanded, or the client certificate has ended or ends within 14 days (30 % of its lifetime, where that is less); skipped: nothing is presented or expected',
    remedy:
      'Switch the demand on again (mutual TLS of the custom domain name, IAM authorisation or the API key of the method), or correct the expectation.',
  },
  'gateway.access': {
    meaning:
      'The gateway lets the request pass: no API key, WAF rule, signature, client certificate or throttle in between.',
    severity:
      'critical: refused, a quota is used up, or every request is throttled; warning: throttled at the moment',
    remedy:
      "Compare with what the tills send: API key, client certificate or signature; else look at WAF's log and at the throttling of the stage.",
  },
  'gateway.resource': {
    meaning: 'The resource that takes sales exists; only --post-probe can prove it where GET has no method.',
    severity:
      'critical: no POST method at the path, or a redirect; unknown: the backend answers 404; skipped: nobody asked with POST',
    remedy:
      'Correct the path (--path): with a custom domain the stage does not belong into it; else look to which API and stage the name is mapped, create the resource and its POST method there, and deploy the API.',
  },
  'gateway.backend': {
    meaning: 'What stands behind the gateway answers without a fault of its own.',
    severity:
      'critical: 500, 502, 503 or 504 of the gateway, 5xx of the backend to every POST, or a POST is answered with what no till takes for a receipt (anything but 200 "OK", 400 and 422), also 401 or 403 with credentials presented; unknown: 401 or 403 of the backend to a POST without credentials (ok where --expect-auth says so); warning: 5xx of the backend once or to a GET',
    remedy:
      "Look into the log of the Lambda function, and whether API Gateway may invoke it; 504 means that it takes longer than the gateway's limit. Where the gateway itself answers 413 or 415, look at its request validation, binary media types, content types and size limits, and at WAF's.",
  },
  'gateway.options': {
    meaning: 'An OPTIONS request is answered (with --options).',
    severity: 'warning: it is not; tills do not need it, browsers do',
    remedy: 'Enable CORS for the resource if browsers are to use it.',
  },
  'gateway.latency': {
    meaning: 'The whole way (DNS, connection, TLS, first byte) takes no longer than --max-latency.',
    severity: 'warning: it takes longer',
    remedy: 'Look at the slowest phase: DNS, the network, TLS or the backend.',
  },
} as const satisfies Record<`gateway.${string}`, CheckSpec>;
