import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { scriptedFaults } from '@amis-shop/shop-client/testing';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, onTestFinished, test, vi } from 'vitest';
import { measureQueue, measureSales } from '../src/metrics.ts';
import { startOtlp } from '../src/otlp.ts';
import { traceSales } from '../src/spans.ts';
import { openTill, SALE } from './support.ts';

function spansInMemory() {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = provider.getTracer('test');
  onTestFinished(traceSales(tracer));
  return { tracer, finished: () => exporter.getFinishedSpans() };
}

test('a sale whose answer was lost has a record span and two posts that are linked to it', async () => {
  const { till } = await openTill({ faults: scriptedFaults(['lost-ack']) });
  const { finished } = spansInMemory();
  const { saleId } = await till.record(SALE);
  await till.accepted(saleId);
  const [recorded, lost, taken] = finished();
  expect(recorded).toMatchObject({
    name: 'record AMIS1',
    kind: SpanKind.PRODUCER,
    attributes: {
      'messaging.operation.type': 'create',
      'messaging.message.id': saleId,
      'amis_shop.sale.seq': 1,
    },
  });
  expect(lost).toMatchObject({
    name: 'post AMIS1',
    kind: SpanKind.CLIENT,
    attributes: { 'messaging.operation.type': 'send', 'error.type': 'answer_lost' },
    status: { code: SpanStatusCode.ERROR, message: 'unknown' },
    links: [{ context: { spanId: recorded?.spanContext().spanId } }],
  });
  expect(taken).toMatchObject({
    attributes: { 'http.response.status_code': 200, 'messaging.message.id': saleId },
    status: { code: SpanStatusCode.UNSET },
    links: [{ context: { spanId: recorded?.spanContext().spanId } }],
  });
});

test('the record span lies within the span of whoever records; a post does not', async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  onTestFinished(() => context.disable());
  const { till } = await openTill();
  const { tracer, finished } = spansInMemory();
  const checkout = tracer.startSpan('checkout');
  const { saleId } = await context.with(trace.setSpan(context.active(), checkout), () => till.record(SALE));
  await till.accepted(saleId);
  const [recorded, posted] = finished();
  expect(recorded?.parentSpanContext?.spanId).toBe(checkout.spanContext().spanId);
  expect(posted?.parentSpanContext).toBeUndefined();
});

test('posts, times and the queue are measured', async () => {
  const { till, sandbox } = await openTill({ faults: scriptedFaults(['status-500']) });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
  const meter = provider.getMeter('test');
  const endings = [measureSales(meter), measureQueue(meter, till)];
  const { saleId } = await till.record(SALE);
  await till.accepted(saleId);
  sandbox.setFaults('quota:1');
  await till.record(SALE);
  await vi.waitFor(() => expect(till.status().held).toBeDefined(), 10_000);
  await provider.forceFlush();
  for (const end of endings) end();
  const [seen] = exporter.getMetrics();
  const measured = Object.fromEntries(
    (seen?.scopeMetrics[0]?.metrics ?? []).map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints]),
  );
  const values = (name: string) => measured[name]?.map(({ attributes, value }) => [attributes, value]);
  expect(values('messaging.client.sent.messages')).toEqual([
    [expect.objectContaining({ 'error.type': 'shop_unavailable', 'http.response.status_code': 500 }), 1],
    [expect.not.objectContaining({ 'error.type': expect.anything() }), 1],
    [expect.objectContaining({ 'error.type': 'quota_exceeded' }), 1],
  ]);
  expect(values('amis_shop.sales')).toEqual([
    [{ 'messaging.destination.name': 'AMIS1', 'amis_shop.sale.state': 'recorded' }, 2],
    [{ 'messaging.destination.name': 'AMIS1', 'amis_shop.sale.state': 'accepted' }, 1],
  ]);
  expect(values('amis_shop.sale.delivery.duration')).toEqual([
    [expect.anything(), expect.objectContaining({ count: 1 })],
  ]);
  expect(values('amis_shop.outbox.queued')).toEqual([
    [expect.objectContaining({ 'amis_shop.till.id': 'till-07' }), 1],
  ]);
  expect(values('amis_shop.outbox.held')).toEqual([
    [expect.objectContaining({ 'error.type': 'quota_exceeded' }), 1],
  ]);
  await provider.shutdown();
});

test('the gauges of an outbox add up: recorded = accepted + queued + rejected + resolved', async () => {
  const { till, sandbox } = await openTill({ faults: scriptedFaults(['status-400', 'status-413']) });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
  const end = measureQueue(provider.getMeter('test'), till);
  const refused = await till.record(SALE);
  await till.accepted(refused.saleId).catch(() => undefined);
  await till.accepted((await till.record(SALE)).saleId).catch(() => undefined);
  await till.accepted((await till.record(SALE)).saleId);
  await till.resolve(refused.saleId, 'booked by hand');
  sandbox.setFaults('quota:1');
  await till.record(SALE);
  await vi.waitFor(() => expect(till.status().held).toBeDefined(), 10_000);
  await provider.forceFlush();
  end();
  const metrics = exporter.getMetrics().at(-1)?.scopeMetrics[0]?.metrics ?? [];
  const value = (name: string) =>
    metrics.find(({ descriptor }) => descriptor.name === `amis_shop.outbox.${name}`)?.dataPoints[0]?.value;
  expect([
    value('recorded'),
    value('accepted'),
    value('queued'),
    value('rejected'),
    value('resolved'),
  ]).toEqual([4, 1, 1, 1, 1]);
  await provider.shutdown();
});

test('a collector gets spans and metrics by OTLP', async () => {
  const paths: string[] = [];
  const services: boolean[] = [];
  const collector = createServer((request, response) => {
    paths.push(request.url ?? '');
    void text(request).then((body) => {
      services.push(/service\.name[\s\S]{1,40}till-07/.test(body));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  onTestFinished(() => void collector.close());
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${(collector.address() as AddressInfo).port}`);
  const { till } = await openTill();
  const { stop } = startOtlp('till-07');
  await till.accepted((await till.record(SALE)).saleId);
  await turn();
  await stop();
  expect(paths.sort()).toEqual(['/v1/metrics', '/v1/traces']);
  expect(services).toEqual([true, true]);
  vi.unstubAllEnvs();
});
