/** Figures about the process itself. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Metric } from '../../telemetry/exposition.ts';
import type { Log } from '../../telemetry/log.ts';

/** Often enough to see what holds up an alarm, and seldom enough to wake nobody much. */
const LOOP_RESOLUTION_MS = 50;

const NS_PER_SECOND = 1e9;
const MICROSECONDS_PER_SECOND = 1e6;

interface Ages {
  /** Unix time of the clock now, ms. */
  readonly wallMs: number;
  readonly uptimeMs: number;
}

/** Measures from when it is made. */
export class ProcessMetrics {
  readonly #version: string;
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });

  /** @param version of the program */
  constructor(version: string) {
    this.#version = version;
    this.#loop.enable();
  }

  metrics({ wallMs, uptimeMs }: Ages): Metric[] {
    const { user, system } = process.cpuUsage();
    return [
      {
        name: 'sideline_build_info',
        help: 'Always 1; which version of the program runs under which Node.',
        type: 'gauge',
        samples: [{ labels: { version: this.#version, node: process.versions.node }, value: 1 }],
      },
      gauge(
        'start_time_seconds',
        'When the gateway started, Unix time by its clock as it is now.',
        (wallMs - uptimeMs) / 1000,
      ),
      gauge('uptime_seconds', 'How long the gateway has been running.', uptimeMs / 1000),
      gauge('process_resident_memory_bytes', 'Memory of the process that is in RAM.', process.memoryUsage.rss()),
      {
        name: 'sideline_process_cpu_seconds_total',
        help: 'Time of the processor that the process has used.',
        type: 'counter',
        samples: [{ value: (user + system) / MICROSECONDS_PER_SECOND }],
      },
      ...this.#loopMetrics(),
    ];
  }

  stop(): void {
    this.#loop.disable();
  }

  #loopMetrics(): Metric[] {
    const sinceAsked = 'since the metrics were last asked for';
    const delays = [this.#loop.max, this.#loop.percentile(99)].map((ns) =>
      // Between two that ask at once there was nothing to measure. The timer's own interval is in what it measures.
      this.#loop.count === 0 ? 0 : Math.max(0, ns / NS_PER_SECOND - LOOP_RESOLUTION_MS / 1000),
    );
    this.#loop.reset();
    const [most = 0, p99 = 0] = delays;
    return [
      gauge('event_loop_delay_max_seconds', `The longest that the event loop was held up ${sinceAsked}.`, most),
      gauge('event_loop_delay_p99_seconds', `The 99th percentile of its delays ${sinceAsked}.`, p99),
    ];
  }
}

export function logMetrics(counts: ReturnType<Log['counts']>): Metric[] {
  return [
    {
      name: 'sideline_log_events_total',
      help: 'Events by their name in the log and their level, also those that were left out of the log.',
      type: 'counter',
      samples: counts.map(({ event, level, count: value }) => ({ labels: { event, level }, value })),
    },
  ];
}

function gauge(name: string, help: string, value: number): Metric {
  return { name: `sideline_${name}`, help, type: 'gauge', samples: [{ value }] };
}
