/** Is the store whole, as far as its gateway or what lies beside it tells? */
import { basename } from 'node:path';
import type { Check, GatewayAnswer, Judgement } from '../finding.ts';
import { skipped } from '../finding.ts';
import { HIDDEN, ofStore, storeFiles } from './subject.ts';

const COPY = /\.damaged-\d+$/;

interface StoreDamageFacts {
  readonly path: string;
  readonly gateway: GatewayAnswer;
  /** What was moved aside; undefined where this user may not look. */
  readonly copies: readonly string[] | undefined;
}

export const storeDamageCheck: Check = {
  name: 'store-damage',
  run: async (surroundings) =>
    ofStore(surroundings, async ({ path }) =>
      storeDamageVerdict({
        path,
        gateway: await surroundings.askGateway(),
        copies: storeFiles(path)
          ?.map(({ name }) => name)
          .filter((name) => COPY.test(name)),
      }),
    ),
};

function storeDamageVerdict({ path, gateway, copies }: StoreDamageFacts): Judgement {
  const store = gateway.state === 'answered' ? gateway.status.store : undefined;
  if (store?.inMemory === true) {
    return {
      verdict: 'failed',
      evidence: 'its disk cannot be written, and the gateway goes on from memory: that goes with the power',
      remedy: 'look at store-place, store-room and store-errors here; until it is mended keep the uplink up',
    };
  }
  if (store?.failing === true) {
    return {
      verdict: 'failed',
      evidence: 'its last write failed, or has been going on for ten seconds',
      remedy: 'look at store-place, store-room and store-errors here, and into the log of the gateway',
    };
  }
  const [copy] = copies?.toReversed() ?? [];
  if (copy !== undefined) {
    return {
      verdict: 'warning',
      evidence: `a damaged store was moved aside: ${copies?.join(', ')}`,
      remedy: `save what can be read with "sideline store salvage --store ${path.slice(0, -basename(path).length)}${copy} --into FILE", and delete it`,
    };
  }
  if (store?.damaged === true) {
    return {
      verdict: 'warning',
      evidence: 'damage was found in it since the gateway started',
      remedy: 'the ledger says what was lost; replace the card if it comes again, and see the log for what it was',
    };
  }
  if (store !== undefined) {
    return { verdict: 'ok', evidence: 'its gateway, which goes through it after each start, has found no damage' };
  }
  if (copies === undefined) return skipped(HIDDEN);
  return { verdict: 'ok', evidence: 'nothing damaged lies beside it; "sideline store check" goes through all of it' };
}
