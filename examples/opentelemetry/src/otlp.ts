import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { measureSales } from './metrics.ts';
import { traceSales } from './spans.ts';

/**
 * Sends spans and metrics by OTLP over HTTP to `OTEL_EXPORTER_OTLP_ENDPOINT`, as OpenTelemetry's own variables say.
 * @returns the meter for measureQueue(), and what sends the rest and ends it
 */
export function startOtlp(serviceName: string) {
  const resource = resourceFromAttributes({ 'service.name': serviceName });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const traces = new TracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  const metrics = new MeterProvider({
    resource,
    readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() })],
  });
  const meter = metrics.getMeter('amis-shop');
  const endings = [traceSales(traces.getTracer('amis-shop')), measureSales(meter)];
  return {
    meter,
    async stop(): Promise<void> {
      for (const end of endings) end();
      await Promise.allSettled([traces.shutdown(), metrics.shutdown()]);
      context.disable();
    },
  };
}
