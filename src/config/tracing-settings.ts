import * as parse from './parsers.ts'
import { byDefault, optional, setting, unset } from './setting.ts'

/** OpenTelemetry's own names, as every program reads them. */
export const tracing = {
  otlpEndpoint: optional(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'Collector that takes traces by OTLP over HTTP (JSON), to which /v1/traces is appended; unset: nothing is traced.',
    parse.serviceUrl,
    { secret: true },
  ),
  otlpTracesEndpoint: optional(
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    'The same as a whole address, used as it is.',
    parse.hookUrl,
    { secret: true, says: 'OTEL_EXPORTER_OTLP_ENDPOINT/v1/traces' },
  ),
  otlpHeaders: setting(
    'OTEL_EXPORTER_OTLP_HEADERS',
    'Headers of those requests: name=value, separated by commas, values percent-encoded.',
    parse.keyValues,
    unset({}, 'none'),
    { secret: true },
  ),
  otelServiceName: setting(
    'OTEL_SERVICE_NAME',
    'Name of the service in traces.',
    parse.anyText,
    byDefault('aviso'),
  ),
  otelResourceAttributes: setting(
    'OTEL_RESOURCE_ATTRIBUTES',
    'More about the process, such as deployment.environment.name=production: name=value, separated by commas.',
    parse.keyValues,
    unset({}, 'none'),
  ),
  tracesSampler: setting(
    'OTEL_TRACES_SAMPLER',
    "always_on, always_off, or a share of the orders, by the order's own id. A trace begins here, so parentbased_ changes nothing.",
    parse.oneOf([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ]),
    byDefault('parentbased_traceidratio'),
  ),
  tracesSamplerArg: setting(
    'OTEL_TRACES_SAMPLER_ARG',
    'That share, 0 to 1; the same in every process, so that orders are traced whole or not at all.',
    parse.share,
    byDefault('1'),
  ),
}
