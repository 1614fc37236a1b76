/** Where Prometheus asks a running gateway for its figures, and whoever wants to know whether it gets on. */
import { statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { LoopbackAddress } from '../../config/loopback-address.ts';
import type { GatewayCounters, GatewayStatus } from '../../gateway/gateway.ts';
import type { Clock } from '../../ports.ts';
import { LocalHttp, type Page } from '../../system/local-http.ts';
import { EXPOSITION_TYPE, exposition } from '../../telemetry/exposition.ts';
import type { Log } from '../../telemetry/log.ts';
import { bytesOnDisk } from '../store-size.ts';
import { version } from '../version.ts';
import { storeMetrics, uplinkMetrics } from './delivery-metrics.ts';
import { healthPage, type Progressing } from './health.ts';
import { logMetrics, ProcessMetrics } from './process-metrics.ts';
import { alertMetrics, teamMetrics } from './team-metrics.ts';

export interface MetricsParts {
  readonly gateway: {
    status(): GatewayStatus;
    counters(): GatewayCounters;
    progress(): Progressing;
  };
  readonly store: { readonly path: string; readonly maxBytes: number };
  readonly realClock: Clock;
  readonly telemetry: Log;
}

/** Not open yet, for a gateway that starts now. */
export function metricsEndpoint(address: LoopbackAddress, parts: MetricsParts) {
  const { realClock: clock, telemetry } = parts;
  const ofProcess = new ProcessMetrics(version());
  const startMs = clock.monotonicMs();
  const page = (): Page => {
    const ages = { wallMs: clock.wallMs(), uptimeMs: clock.monotonicMs() - startMs };
    const metrics = [...ofProcess.metrics(ages), ...gatewayMetrics(parts)];
    return { status: 200, type: EXPOSITION_TYPE, text: exposition(metrics) };
  };
  const http = new LocalHttp({
    ...address,
    pages: { '/metrics': page, '/healthz': () => healthPage(parts.gateway.progress()) },
    clock,
    telemetry,
  });
  return {
    open: () => http.open(),
    close: async () => {
      ofProcess.stop();
      await http.close();
    },
  };
}

function gatewayMetrics({ gateway, store, telemetry }: MetricsParts) {
  const status = gateway.status();
  const counters = gateway.counters();
  const path = resolve(store.path);
  const sizes = { usedBytes: bytesOnDisk(path), freeBytes: freeBytes(path), maxBytes: store.maxBytes };
  const counts = telemetry.counts();
  const countOf = (name: string) =>
    counts.filter(({ event }) => event === name).reduce((sum, { count }) => sum + count, 0);
  return [
    ...teamMetrics(status),
    ...alertMetrics(countOf),
    ...storeMetrics(status, counters, sizes),
    ...uplinkMetrics(status.uplinks, counters.uplinks),
    ...logMetrics(counts),
  ];
}

/** For the user that the gateway runs as. */
function freeBytes(storePath: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(dirname(storePath));
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
