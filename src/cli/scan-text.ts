/** What a scan has found: as text, one line a strap, and as JSON. */
import type { AthleteId } from '../domain/sample.ts';
import { counted } from './output.ts';
import type { ScanList, ScannedStrap } from './scan-list.ts';
import { addressText } from './scan-proposal.ts';

/** How it is with one adapter; `starting` is neither lost nor ready yet. */
export interface AdapterState {
  readonly adapter: string;
  readonly state: 'starting' | 'ready' | 'lost';
  /** Of `lost`. */
  readonly reason?: string;
}

/** Longer names, of which there are few, put the rest of their line out of its column. */
const NAME_WIDTH = 24;
const STATE_WIDTH = 10;

/** One that was not heard for that long is said to be silent. */
const SILENT_MS = 5_000;

export interface LineOptions {
  /** Monotonic. */
  readonly nowMs: number;
  /** Of several it is said which one hears the strap best. */
  readonly severalAdapters: boolean;
}

export function strapLine(strap: ScannedStrap, { nowMs, severalAdapters }: LineOptions): string {
  const { name = '', adapter } = strap;
  const cells = [
    addressText(strap.strap),
    name.padEnd(NAME_WIDTH),
    signalText(strap).padStart(8),
    ...(severalAdapters ? [adapter] : []),
    stateText(strap, nowMs).padEnd(STATE_WIDTH),
    strap.athletes.length > 0 ? whose(strap) : proposalText(strap),
  ];
  return cells.join('  ').trimEnd();
}

export function signalText({ rssi }: ScannedStrap): string {
  return rssi === undefined ? '' : `${rssi} dBm`;
}

/** What is worth a word about how it is there, and what it sends. */
export function stateText(strap: ScannedStrap, nowMs: number): string {
  const { linked, broadcasts, heartRate, heardMs = nowMs } = strap;
  const words = [
    ...(linked ? ['linked'] : []),
    ...(isSilent(strap, nowMs) ? [`silent for ${Math.round((nowMs - heardMs) / 1000)} s`] : []),
    ...(broadcasts ? ['broadcasts'] : []),
    // One that is in a link was found by more than what it advertises.
    ...(broadcasts || heartRate || linked ? [] : ['no service']),
  ];
  return words.join(', ');
}

export function isSilent({ linked, heardMs }: ScannedStrap, nowMs: number): boolean {
  return !linked && heardMs !== undefined && nowMs - heardMs > SILENT_MS;
}

/** `athlete 7`, and whom else it fits. */
function whose({ athletes: [first = '', ...others] }: ScannedStrap): string {
  return others.length === 0 ? `athlete ${first}` : `athlete ${first} (also ${others.join(', ')})`;
}

/** A YAML comment holds what speaks against the line, so that it may be copied as it is. */
export function proposalText({ proposal }: ScannedStrap): string {
  if (proposal === undefined) return '';
  const { line, remark } = proposal;
  if (remark === undefined) return line ?? '';
  return line === undefined ? `# ${remark}` : `${line} # ${remark}`;
}

/** What there is to be said beside the list. */
export function notes(list: ScanList, nowMs: number): string[] {
  const { missing, untold } = list;
  const shared = list.shared(nowMs);
  return [
    ...(missing.length === 0 ? [] : [`not heard: the straps of ${people(missing)}`]),
    ...(untold.length === 0 ? [] : [`known by serial number, which a scan does not read: ${people(untold)}`]),
    ...(shared.length === 0
      ? []
      : [`several straps fit ${people(shared)}, and only one can be read: give its address`]),
  ];
}

/** One document. Absent means unknown; nothing is invented. */
export function scanJson(list: ScanList, adapters: readonly AdapterState[]): string {
  return JSON.stringify({ adapters, straps: list.straps.map(strapJson), notHeard: list.missing });
}

/** Why an adapter was of no use, with the worker's own remedy. */
export function complaintOf({ adapter, state, reason }: AdapterState): string {
  const why = reason ?? (state === 'lost' ? 'it was lost' : 'it was not ready yet');
  return `sideline: ${why.includes(adapter) ? why : `${adapter}: ${why}`}; "sideline doctor" says more`;
}

function strapJson({ strap, rssi, adapter, proposal, heardMs: _, ...told }: ScannedStrap) {
  return {
    address: addressText(strap),
    ...told,
    ...(rssi === undefined ? {} : { rssi }),
    adapter,
    ...(proposal?.line === undefined ? {} : { line: proposal.line }),
    ...(proposal?.remark === undefined ? {} : { remark: proposal.remark }),
  };
}

function people(ids: readonly AthleteId[]): string {
  const [only = ''] = ids;
  return ids.length === 1 ? `athlete ${only}` : `${counted(ids.length, 'athlete')} (${ids.join(', ')})`;
}
