/**
 * Holds what a store gives against what its writer told, over any number of crashes: a record that was told as stored
 * is found, or a receiver has it, or the ledger says that it was lost; an identity means the same content for ever;
 * and a receiver gets twice only what it acknowledged after the last group commit that was told.
 */
import { athleteOf, kindOf, type Loss, type Recognised, timeOf } from './records.ts';
import type { Told } from './told.ts';

const MOST_FINDINGS = 20;

export interface Figures {
  readonly stored: number;
  readonly delivered: number;
  readonly evicted: number;
  readonly duplicates: number;
  /** The most that a crash could have repeated: acknowledged, and no group commit told since. */
  readonly unpersistedAtMost: number;
  readonly refused: number;
}

/** What can be wrong. */
export type FindingKind =
  /** Told as stored, and nowhere any more. */
  | 'lost'
  /** The ledger's counts are not those of what is missing. */
  | 'miscounted'
  /** Delivered again although its acknowledgement was on the disk. */
  | 'repeated'
  /** In the store under two identities. */
  | 'doubled'
  /** An identity that meant something else before. */
  | 'reused'
  /** Nobody appended it. */
  | 'strange'
  /** An append was refused for another reason than that the disk could not be written. */
  | 'refused'
  | 'unopened'
  | 'unread';

export class Bookkeeping {
  readonly findings: string[] = [];
  readonly #tolerated: ReadonlySet<FindingKind>;
  readonly #stored = new Set<number>();
  readonly #received = new Set<number>();
  /** What each identity meant when it was first seen: a running number, or a ledger entry's text. */
  readonly #meanings = new Map<string, number | string>();
  readonly #identities = new Map<number, string>();
  /** The ledger entries that a receiver has, by identity. */
  readonly #receivedLosses = new Map<string, Loss>();
  /** Identities that were acknowledged, and whose acknowledgement is not known to be on the disk. */
  readonly #unpersisted = new Set<string>();
  /** Those that a crash may have taken back: each may be delivered once more. */
  readonly #repeatable = new Set<string>();
  /** What of them had been acknowledged when the append or the sync under way began. */
  readonly #covered = { append: [] as string[], sync: [] as string[] };
  #found = new Set<number>();
  #foundLosses = new Map<string, Loss>();
  #highest = -1;
  #begun = -1;
  #evicted = 0;
  #duplicates = 0;
  #unpersistedAtMost = 0;
  #refused = 0;

  /** What a disk that is broken enough may make of a store is no finding then. */
  constructor(...tolerated: FindingKind[]) {
    this.#tolerated = new Set(tolerated);
  }

  /** From where a writer goes on: what was begun before a crash may turn up yet. */
  get next(): number {
    return Math.max(this.#highest, this.#begun) + 1;
  }

  get figures(): Figures {
    return {
      stored: this.#stored.size,
      delivered: this.#received.size,
      evicted: this.#evicted,
      duplicates: this.#duplicates,
      unpersistedAtMost: this.#unpersistedAtMost,
      refused: this.#refused,
    };
  }

  take(told: Told): void {
    switch (told.event) {
      case 'opening':
        for (const identity of this.#unpersisted) this.#repeatable.add(identity);
        this.#unpersisted.clear();
        return;
      case 'opened':
        this.#found = new Set();
        this.#foundLosses = new Map();
        return;
      case 'found':
        this.#find(told);
        return;
      case 'inspected':
        this.#compare();
        return;
      case 'delivered':
        this.#deliver(told);
        return;
      case 'appending':
        this.#begun = Math.max(this.#begun, told.through);
        this.#covered.append = [...this.#unpersisted];
        return;
      case 'stored':
        for (let number = told.from; number <= told.through; number++) this.#stored.add(number);
        this.#highest = Math.max(this.#highest, told.through);
        for (const identity of this.#covered.append) this.#unpersisted.delete(identity);
        return;
      case 'refused':
        this.#refused++;
        if (told.code !== 'store-write-failed')
          this.#note('refused', `an append was refused with ${told.code}: ${told.message}`);
        return;
      case 'syncing':
        this.#covered.sync = [...this.#unpersisted];
        return;
      case 'synced':
        for (const identity of this.#covered.sync) this.#unpersisted.delete(identity);
        return;
      case 'unopened':
      case 'unread':
        this.#note(told.event, `${told.event} with ${told.code}: ${told.message}`);
        return;
      case 'in-memory':
      case 'on-disk-again':
      case 'unsynced':
      case 'closed':
      case 'unclosed':
        return;
    }
  }

  #find(told: Recognised): void {
    this.#recognise(told);
    for (const [, number] of told.records) {
      if (this.#found.has(number)) this.#note('doubled', `${number} is in the store twice`);
      this.#found.add(number);
    }
    for (const [seq, loss] of told.losses) this.#foundLosses.set(`${told.epoch}/${seq}`, loss);
  }

  #deliver(told: Recognised): void {
    this.#recognise(told);
    for (const [seq, number] of told.records) {
      this.#once(`${told.epoch}/${seq}`, this.#received.has(number));
      this.#received.add(number);
    }
    for (const [seq, loss] of told.losses) {
      const identity = `${told.epoch}/${seq}`;
      this.#once(identity, this.#receivedLosses.has(identity));
      this.#receivedLosses.set(identity, loss);
    }
    this.#unpersistedAtMost = Math.max(this.#unpersistedAtMost, this.#unpersisted.size);
  }

  #once(identity: string, isRepeated: boolean): void {
    if (isRepeated) {
      this.#duplicates++;
      if (!this.#repeatable.delete(identity))
        this.#note('repeated', `${identity} was delivered again after its group commit`);
    }
    this.#unpersisted.add(identity);
  }

  #recognise({ epoch, kind, records, losses, strange }: Recognised): void {
    for (const record of strange) this.#note('strange', `nobody appended this to ${kind}: ${JSON.stringify(record)}`);
    for (const [seq, number] of records) {
      this.#mean(`${epoch}/${seq}`, number);
      const identity = this.#identities.get(number) ?? `${epoch}/${seq}`;
      if (identity !== `${epoch}/${seq}`) this.#note('doubled', `${number} was ${identity} and is ${epoch}/${seq}`);
      this.#identities.set(number, identity);
      this.#highest = Math.max(this.#highest, number);
    }
    for (const [seq, loss] of losses) this.#mean(`${epoch}/${seq}`, JSON.stringify(loss));
  }

  #mean(identity: string, meaning: number | string): void {
    const before = this.#meanings.get(identity) ?? meaning;
    if (before !== meaning) this.#note('reused', `${identity} was used twice: for ${before}, and for ${meaning}`);
    this.#meanings.set(identity, before);
  }

  /** Everything that was told as stored has to be somewhere. */
  #compare(): void {
    const losses = [...new Map([...this.#receivedLosses, ...this.#foundLosses]).values()];
    const lost: number[] = [];
    const missing = new Map<string, number>();
    const gone = new Map<string, number>();
    for (let number = 0; number <= Math.max(this.#begun, this.#highest); number++) {
      if (this.#found.has(number)) continue;
      const athlete = athleteOf(number);
      if (kindOf(number) === 'samples') gone.set(athlete, (gone.get(athlete) ?? 0) + 1);
      if (!this.#stored.has(number) || this.#received.has(number)) continue;
      if (losses.some((loss) => covers(loss, number))) missing.set(athlete, (missing.get(athlete) ?? 0) + 1);
      else lost.push(number);
    }
    if (lost.length > 0)
      this.#note('lost', `${lost.length} were told as stored and are nowhere: ${lost[0]} to ${lost.at(-1)}`);
    this.#evicted = 0;
    for (const athlete of new Set([...gone.keys(), ...losses.map((loss) => loss.athlete)])) {
      const entered = losses.reduce((sum, loss) => sum + (loss.athlete === athlete ? (loss.count ?? 0) : 0), 0);
      this.#evicted += entered;
      // Of what was destroyed altogether nobody knows how many they were.
      if (losses.some((loss) => loss.athlete === athlete && loss.count === undefined)) continue;
      this.#count(athlete, entered, missing.get(athlete) ?? 0, gone.get(athlete) ?? 0);
    }
  }

  /** An interval may hide what is missing within it; its count does not. */
  #count(athlete: string, entered: number, missing: number, gone: number): void {
    if (entered < missing)
      this.#note('miscounted', `the ledger has ${entered} lost samples of ${athlete}, and ${missing} are missing`);
    if (entered > gone)
      this.#note('miscounted', `the ledger has ${entered} lost samples of ${athlete}, and only ${gone} are gone`);
  }

  #note(kind: FindingKind, text: string): void {
    if (!this.#tolerated.has(kind) && this.findings.length < MOST_FINDINGS) this.findings.push(text);
  }
}

function covers(loss: Loss, number: number): boolean {
  const timeMs = timeOf(number);
  return loss.athlete === athleteOf(number) && loss.fromMs <= timeMs && timeMs <= (loss.toMs ?? timeMs);
}
