import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hciNoble } from '../../../device/radio/noble.ts';
import type { SourceEvent } from '../../../src/ports.ts';

const program = fileURLToPath(new URL('./hci-source.ts', import.meta.url));

// The program ends by itself only if nothing of noble is left in it.
for (const adapter of ['hci0', 'hci99']) {
  test(`on ${adapter} the source says how the adapter is, stops, and leaves nothing, with Bluetooth or without`, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program, adapter], {
      timeout: 60_000,
    });
    const events = JSON.parse(stdout.slice(stdout.indexOf('['))) as SourceEvent[];
    const [first] = events;
    assert.ok(first?.type === 'adapter' && first.adapter === adapter);
    if (first.state === 'lost') assert.ok((first.reason ?? '') !== '' && (first.retryInMs ?? 0) >= 1_000);
  });
}

test('a name that is no adapter is refused with a remedy', () => {
  assert.throws(hciNoble('ttyACM0'), { name: 'OperatingError', code: 'radio-unavailable', remedy: /hci0/ });
});
