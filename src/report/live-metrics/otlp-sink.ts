import { memobuildVersion } from '../../core/index.ts';
import { type LiveSample, type MetricsSink, sendTimeoutMs } from './live-sample.ts';
import type { PushMetricExporter } from './opentelemetry.bundle.ts';

/**
 * Sends metrics to an OpenTelemetry collector, OTLP over HTTP with JSON. `OTEL_EXPORTER_OTLP_HEADERS`
 * and the library's other variables hold.
 * @param url of the receiver; without a path, `/v1/metrics` is added.
 * @param onProblem called with each failure to send.
 */
export async function openOtlpSink(
  url: string,
  onProblem: (text: string) => void,
): Promise<MetricsSink> {
  // Loaded on use: most runs send no metrics.
  const otel = await import('./opentelemetry.bundle.ts');
  const exporter = new otel.OTLPMetricExporter({
    url: metricsUrl(url),
    timeoutMillis: attemptTimeoutMs,
  });
  const reader = new otel.PeriodicExportingMetricReader({
    exporter: reportingProblems(exporter, onProblem),
    // The library takes no interval that is shorter than its bound.
    exportIntervalMillis: sendTimeoutMs,
    exportTimeoutMillis: sendTimeoutMs,
  });
  const provider = new otel.MeterProvider({
    resource: otel.resourceFromAttributes({
      'service.name': 'memobuild-loadtest',
      'service.version': memobuildVersion,
    }),
    readers: [reader],
  });
  const meter = provider.getMeter('memobuild');
  const known = new Set<string>();
  let latest: readonly LiveSample[] = [];
  return {
    update: (samples) => {
      latest = samples;
      for (const { name, kind, unit, about } of samples) {
        if (known.has(name)) continue;
        known.add(name);
        const options = { unit, description: about };
        const instrument =
          kind === 'counter'
            ? meter.createObservableCounter(name, options)
            : meter.createObservableGauge(name, options);
        instrument.addCallback((result) => {
          for (const sample of latest) {
            if (sample.name === name) result.observe(sample.value, sample.attributes);
          }
        });
      }
    },
    close: async () => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, sendTimeoutMs);
      });
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      clearTimeout(timer);
    },
  };
}

/** Short enough that a failure is known, after all repetitions, before the sink has to be closed. */
const attemptTimeoutMs = 3_000;

function metricsUrl(text: string): string {
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = '/v1/metrics';
  return url.href;
}

/** The library logs failures and goes on; a user wants to hear of them. */
function reportingProblems(
  exporter: PushMetricExporter,
  onProblem: (text: string) => void,
): PushMetricExporter {
  const send = exporter.export.bind(exporter);
  exporter.export = (metrics, done) =>
    send(metrics, (result) => {
      if (result.error !== undefined) onProblem(result.error.message);
      done(result);
    });
  return exporter;
}
