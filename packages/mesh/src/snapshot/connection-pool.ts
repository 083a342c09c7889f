/**
 * What a DestinationRule says of connections and of endpoints that fail, with Istio's defaults.
 */
import type { ConnectionPoolSettings, OutlierDetectionSettings, TrafficPolicy } from '@hikyaku/resources';
import type { ConnectionPoolPolicy, OutlierDetectionPolicy, RetryBudgetPolicy } from './cluster-policies.ts';
import { durationMs, nonZero } from './policy-values.ts';
import type { Warn } from './policy-values.ts';

/** Undefined when it limits nothing. */
export function connectionPoolOf(
  { tcp = {}, http = {} }: ConnectionPoolSettings = {},
  warn: Warn,
): ConnectionPoolPolicy | undefined {
  const tcpIdleTimeoutMs = durationMs(tcp.idleTimeout, 'tcp.idleTimeout', warn);
  const { tcpKeepalive } = tcp;
  const policy: ConnectionPoolPolicy = {
    ...nonZero({
      maxConnections: tcp.maxConnections,
      connectTimeoutMs: durationMs(tcp.connectTimeout, 'tcp.connectTimeout', warn),
      maxConnectionDurationMs: durationMs(tcp.maxConnectionDuration, 'tcp.maxConnectionDuration', warn),
      maxPendingRequests: http.http1MaxPendingRequests,
      maxRequests: http.http2MaxRequests,
      maxRequestsPerConnection: http.maxRequestsPerConnection,
      maxRetries: http.maxRetries,
      idleTimeoutMs: durationMs(http.idleTimeout, 'http.idleTimeout', warn),
      maxConcurrentStreams: http.maxConcurrentStreams,
    }),
    ...(tcpIdleTimeoutMs !== undefined && { tcpIdleTimeoutMs }),
    ...(tcpKeepalive && { tcpKeepalive: keepaliveOf(tcpKeepalive, warn) }),
    ...(http.useClientProtocol === true && { useClientProtocol: true }),
    // A protocol that is kept is not upgraded.
    ...(http.h2UpgradePolicy === 'UPGRADE' && http.useClientProtocol !== true && { h2Upgrade: true }),
  };
  return Object.keys(policy).length === 0 ? undefined : policy;
}

function keepaliveOf(
  { time, interval, probes }: NonNullable<NonNullable<ConnectionPoolSettings['tcp']>['tcpKeepalive']>,
  warn: Warn,
): NonNullable<ConnectionPoolPolicy['tcpKeepalive']> {
  return nonZero({
    timeMs: durationMs(time, 'tcpKeepalive.time', warn),
    intervalMs: durationMs(interval, 'tcpKeepalive.interval', warn),
    probes,
  });
}

/** Envoy's longest ejection, which Istio has no field for. */
const maxEjectionMs = 300_000;

export function outlierDetectionOf(settings: OutlierDetectionSettings, warn: Warn): OutlierDetectionPolicy {
  const { consecutiveErrors = 0, interval, baseEjectionTime } = settings;
  if (consecutiveErrors > 0)
    warn('outlierDetection.consecutiveErrors is deprecated; it counts as consecutiveGatewayErrors, and 500s no longer eject');
  return {
    // Who writes the old field means the gateway errors, and nothing else.
    consecutive5xxErrors: settings.consecutive5xxErrors ?? (consecutiveErrors > 0 ? 0 : 5),
    consecutiveGatewayErrors: settings.consecutiveGatewayErrors ?? consecutiveErrors,
    consecutiveLocalOriginFailures: settings.consecutiveLocalOriginFailures ?? 5,
    splitExternalLocalOriginErrors: settings.splitExternalLocalOriginErrors ?? false,
    intervalMs: durationMs(interval, 'outlierDetection.interval', warn) ?? 10_000,
    baseEjectionMs: durationMs(baseEjectionTime, 'outlierDetection.baseEjectionTime', warn) ?? 30_000,
    maxEjectionMs,
    maxEjectionPercent: (settings.maxEjectionPercent ?? 0) || 10,
  };
}

export function retryBudgetOf({ percent, minRetryConcurrency }: NonNullable<TrafficPolicy['retryBudget']>): RetryBudgetPolicy {
  return { percent: percent ?? 20, minRetryConcurrency: (minRetryConcurrency ?? 0) || 3 };
}
