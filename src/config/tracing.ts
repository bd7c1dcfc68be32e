interface TracingValues {
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined
  OTEL_EXPORTER_OTLP_HEADERS?: Record<string, string> | undefined
  OTEL_EXPORTER_OTLP_TRACES_HEADERS?: Record<string, string> | undefined
  OTEL_TRACES_EXPORTER: 'otlp' | 'none'
  OTEL_SDK_DISABLED: string
  OTEL_SERVICE_NAME: string
  OTEL_RESOURCE_ATTRIBUTES?: Record<string, string> | undefined
}

/** Where and how traces are sent. @returns undefined if they are not */
export function tracingOf(values: TracingValues) {
  const base = values.OTEL_EXPORTER_OTLP_ENDPOINT
  const under = base && `${base}${base.endsWith('/') ? '' : '/'}v1/traces`
  const url = values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? under
  const off = values.OTEL_TRACES_EXPORTER === 'none' || values.OTEL_SDK_DISABLED.toLowerCase() === 'true'
  if (url === undefined || off) return undefined
  return {
    url,
    headers: { ...values.OTEL_EXPORTER_OTLP_HEADERS, ...values.OTEL_EXPORTER_OTLP_TRACES_HEADERS },
    resource: { ...values.OTEL_RESOURCE_ATTRIBUTES, 'service.name': values.OTEL_SERVICE_NAME },
  }
}
