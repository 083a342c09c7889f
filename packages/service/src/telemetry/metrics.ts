/**
 * Metrics: OpenTelemetry instruments, read by Prometheus from /metrics. One registry per service, not per process, so
 * that tests can run several services side by side.
 */
import { type Meter } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

export interface Metrics {
  readonly meter: Meter;
  /** Records one finished request. `route` is the pattern (`/orders/:id`), never the path: its values must be few. */
  requestFinished(request: { method: string; route: string; status: number; durationMs: number }): void;
  /** Prometheus text exposition format. */
  render(): Promise<string>;
  close(): Promise<void>;
}

const durationBucketsSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export function createMetrics(service: string): Metrics {
  const reader = new PrometheusExporter({ preventServerStart: true, withoutTargetInfo: true });
  const provider = new MeterProvider({ readers: [reader] });
  const meter = provider.getMeter(service);
  // The name of https://opentelemetry.io/docs/specs/semconv/http/http-metrics/ with the unit, as Prometheus wants it;
  // the exporter does not append it.
  const duration = meter.createHistogram('http.server.request.duration.seconds', {
    description: 'Duration of HTTP server requests',
    unit: 's',
    advice: { explicitBucketBoundaries: durationBucketsSeconds },
  });
  observeProcess(meter);
  // Without target_info: Prometheus itself labels what it scrapes, and the reader's own wish for that does not reach this serializer.
  const serializer = new PrometheusSerializer(undefined, undefined, undefined, true);
  return {
    meter,
    requestFinished: ({ method, route, status, durationMs }) =>
      duration.record(durationMs / 1000, {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
      }),
    render: async () => serializer.serialize((await reader.collect()).resourceMetrics),
    close: () => provider.shutdown(),
  };
}

function observeProcess(meter: Meter): void {
  meter
    .createObservableGauge('process.memory.usage', { description: 'Resident memory', unit: 'By' })
    .addCallback((result) => result.observe(process.memoryUsage.rss()));
  meter
    .createObservableCounter('process.cpu.time', { description: 'CPU time, user and system', unit: 's' })
    .addCallback((result) => {
      const { user, system } = process.cpuUsage();
      result.observe((user + system) / 1e6);
    });
}
