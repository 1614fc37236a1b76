/**
 * The controller's answers to commands (Command Complete and Command Status, Bluetooth Core Specification, volume 4,
 * part E, sections 7.7.14 and 7.7.15), as far as noble may have them.
 *
 * Invariants: an answer reaches noble only when it had asked; it is as long as noble reads; an attempt that noble waits
 * for, and the controller knows nothing of, ends.
 */
import type { ControllerView } from './controller-view.ts';
import { attemptFailed, foreign, linkGone, malformedEvent, refused } from './decisions.ts';
import type { GuardEffect } from './guard-effects.ts';
import { commandName, OPCODE, STATUS } from './packets.ts';

/** Of the return parameters of commands that noble reads, the status included, when the command had success. */
const RETURN_BYTES: ReadonlyMap<number, number> = new Map<number, number>([
  [OPCODE.readLeHostSupport, 3],
  [OPCODE.readLocalVersion, 9],
  [OPCODE.readAddress, 7],
  [OPCODE.leSetScanParameters, 1],
  [OPCODE.leSetScanEnable, 1],
  [OPCODE.readRssi, 4],
  [OPCODE.leReadBufferSize, 4],
  [OPCODE.readBufferSize, 8],
  [OPCODE.reset, 1],
]);

/** noble reads their answers whatever the status is. */
const READ_BLINDLY: readonly number[] = [
  OPCODE.readLocalVersion,
  OPCODE.readAddress,
  OPCODE.readRssi,
  OPCODE.readBufferSize,
];

/** The least that a controller may take in one packet (section 7.8.2). With 0, noble cuts its data up for ever. */
const BUFFER_MIN_BYTES = 27;

export class AnswerGate {
  readonly #view: ControllerView;

  constructor(view: ControllerView) {
    this.#view = view;
  }

  /**
   * Command Complete.
   *
   * @param packet the event with its type byte
   * @param parameters what follows its length
   */
  complete(packet: Buffer, parameters: Buffer): GuardEffect[] {
    if (parameters.length < 3) return malformedEvent(this.#view, 'a Command Complete event of a wrong length');
    const opcode = parameters.readUInt16LE(1);
    // Of other programs' commands, and of those of the guard's own.
    if (opcode === OPCODE.nothing || !this.#view.answered(opcode)) return foreign(this.#view);
    const returns = parameters.subarray(3);
    const status = returns[0];
    if (status === undefined) return malformedEvent(this.#view, `an answer to ${commandName(opcode)} without a status`);
    if (opcode === OPCODE.leCreateConnectionCancel) return this.#cancelled(status);
    const flaw = flawIn(opcode, returns);
    if (flaw !== undefined) return malformedEvent(this.#view, `an answer to ${commandName(opcode)} ${flaw}`);
    if (opcode === OPCODE.leSetScanEnable) this.#view.scanAnswered(status === STATUS.success);
    const effects: GuardEffect[] = [];
    if (status !== STATUS.success) {
      effects.push(refused(opcode, status, {}));
      if (READ_BLINDLY.includes(opcode)) return effects;
    }
    if (RETURN_BYTES.has(opcode)) effects.push({ kind: 'to-noble', packet, origin: {} });
    return effects;
  }

  /** An attempt that the controller knows nothing of has ended without a word, and noble still waits for that. */
  #cancelled(status: number): GuardEffect[] {
    const strap = this.#view.initiating;
    if (status === STATUS.success || strap === undefined) return [];
    return [
      ...attemptFailed(this.#view, STATUS.unknownConnection),
      refused(OPCODE.leCreateConnectionCancel, status, { strap }),
    ];
  }

  /** Command Status. @param parameters what follows the event's length */
  status(parameters: Buffer): GuardEffect[] {
    if (parameters.length !== 4) return malformedEvent(this.#view, 'a Command Status event of a wrong length');
    const status = parameters.readUInt8(0);
    const opcode = parameters.readUInt16LE(2);
    if (opcode === OPCODE.leConnectionUpdate && status !== STATUS.success) {
      // Which link it was about is not told; the others are given one more update at most.
      for (const link of this.#view.links.values()) link.updated();
    }
    if (opcode === OPCODE.disconnect) return this.#disconnectStatus(status);
    if (opcode === OPCODE.leCreateConnection || opcode === OPCODE.leExtendedCreateConnection) {
      return this.#connectStatus(opcode, status);
    }
    if (!this.#view.answered(opcode)) return foreign(this.#view);
    if (opcode === OPCODE.leSetScanEnable) this.#view.scanAnswered(status === STATUS.success);
    return status === STATUS.success ? [] : [refused(opcode, status, {})];
  }

  /** Over the kernel the command is the kernel's own, of either kind. */
  #connectStatus(opcode: number, status: number): GuardEffect[] {
    const strap = this.#view.initiating;
    if (!this.#view.answered(OPCODE.leCreateConnection) || strap === undefined) return foreign(this.#view);
    return status === STATUS.success ? [] : [...attemptFailed(this.#view, status), refused(opcode, status, { strap })];
  }

  #disconnectStatus(status: number): GuardEffect[] {
    if (!this.#view.answered(OPCODE.disconnect)) return foreign(this.#view);
    const link = this.#view.links.get(this.#view.disconnecting.shift() ?? Number.NaN);
    if (status === STATUS.success || link === undefined) return [];
    // A link that the controller knows nothing of has ended without a word.
    const gone = status === STATUS.unknownConnection ? linkGone(this.#view, link.handle) : [];
    return [...gone, refused(OPCODE.disconnect, status, link.origin)];
  }
}

function flawIn(opcode: number, returns: Buffer): string | undefined {
  const expected = RETURN_BYTES.get(opcode);
  if (returns[0] !== STATUS.success || expected === undefined) return undefined;
  if (returns.length !== expected) return `of ${returns.length} bytes, not ${expected}`;
  const isBuffers = opcode === OPCODE.readBufferSize || opcode === OPCODE.leReadBufferSize;
  if (!isBuffers) return undefined;
  const bytes = returns.readUInt16LE(1);
  const packets = opcode === OPCODE.leReadBufferSize ? returns.readUInt8(3) : returns.readUInt16LE(4);
  // None at all means that LE shares the buffers of the other Bluetooth, which noble asks for then.
  if (opcode === OPCODE.leReadBufferSize && (bytes === 0 || packets === 0)) return undefined;
  return bytes < BUFFER_MIN_BYTES || packets === 0 ? `that leaves no room: ${packets} times ${bytes} bytes` : undefined;
}
