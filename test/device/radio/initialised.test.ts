import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import test from 'node:test';
import { type Hci, type HciNoble, initialised, nobleOver } from '../../../device/radio/noble.ts';

/** As far as the device reaches into them, what noble's HCI bindings are and do to their process. */
class HciLikeBindings extends EventEmitter {
  polls = 0;
  readonly _hci: Hci;
  readonly #scheduled: (() => void)[] = [];
  readonly #failure: Error | undefined;

  constructor(failure?: Error) {
    super();
    this.#failure = failure;
    const isDevUp = () => {
      this.polls++;
      return true;
    };
    const scheduled = this.#scheduled;
    this._hci = {
      _isDevUp: true,
      pollIsDevUp() {
        this._socket.isDevUp();
        scheduled.push(this.pollIsDevUp.bind(this));
      },
      _socket: Object.assign(new EventEmitter(), { isDevUp, stop: () => {} }),
    };
  }

  init(): void {
    process.on('SIGINT', this.#onInterrupt);
    process.on('exit', this.#onExit);
    this._hci._socket.on('data', () => {});
    this._hci.pollIsDevUp();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Runs what was scheduled for the next second. */
  passSecond(): void {
    for (const act of this.#scheduled.splice(0)) act();
  }

  readonly #onInterrupt = (): void => {
    if (process.listeners('SIGINT').at(-1) === this.#onInterrupt) process.exit(1);
  };

  readonly #onExit = (): void => {};
}

const over = (bindings: HciLikeBindings) => nobleOver(bindings).noble as HciNoble;
const listening = () => [process.listeners('SIGINT'), process.listeners('exit')];

test('while an instance is in use an interrupt is the gateway’s alone', () => {
  const before = listening();
  const bindings = new HciLikeBindings();
  const { release } = initialised(over(bindings));
  assert.equal(bindings.polls, 1, 'it has been initialised');
  assert.deepEqual(listening(), before);
  release();
});

test('listeners that the process had before stay', () => {
  const own = () => {};
  process.on('SIGINT', own);
  try {
    initialised(over(new HciLikeBindings())).release();
    assert.ok(process.listeners('SIGINT').includes(own));
  } finally {
    process.off('SIGINT', own);
  }
});

test('an initialisation that fails halfway leaves nothing on the process, and polls no more', () => {
  const before = listening();
  const bindings = new HciLikeBindings(new Error('EBUSY'));
  assert.throws(() => initialised(over(bindings)), { message: 'EBUSY' });
  assert.deepEqual(listening(), before);
  for (let second = 0; second < 5; second++) bindings.passSecond();
  assert.equal(bindings.polls, 1);
});

test('a released instance polls its adapter no more and hears nothing of it', () => {
  const bindings = new HciLikeBindings();
  const { release } = initialised(over(bindings));
  for (let second = 0; second < 2; second++) bindings.passSecond();
  assert.equal(bindings.polls, 3);
  release();
  for (let second = 0; second < 5; second++) bindings.passSecond();
  assert.equal(bindings.polls, 3);
  assert.equal(bindings._hci._socket.listenerCount('data'), 0);
});
