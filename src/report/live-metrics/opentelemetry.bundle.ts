/** The parts of OpenTelemetry that send metrics over HTTP; the build puts them into one file with their licences. */
export type { ObservableResult } from '@opentelemetry/api';
export { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
export { resourceFromAttributes } from '@opentelemetry/resources';
export {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
