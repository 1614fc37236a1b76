/** Whether the pipeline gets on, as a page: for whoever restarts what does not, or wants to be told. */
import type { Page } from '../../system/local-http.ts';

/** What the gateway says of itself (see src/gateway/progress.ts). */
export interface Progressing {
  readonly ok: boolean;
  readonly stuck: readonly { readonly part: string; readonly uplink?: string; readonly forMs: number }[];
}

/** 200 while it gets on, and 503 with what does not, a line each. */
export function healthPage({ ok, stuck }: Progressing): Page {
  const lines = ok ? ['ok'] : stuck.map(lineOf);
  return { status: ok ? 200 : 503, type: 'text/plain; charset=utf-8', text: lines.map((line) => `${line}\n`).join('') };
}

function lineOf({ part, uplink, forMs }: Progressing['stuck'][number]): string {
  const what = uplink === undefined ? part : `${part} to ${uplink}`;
  return `${what} has not gone on for ${Math.round(forMs / 1000)} s`;
}
