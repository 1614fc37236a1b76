import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type AdapterName, parseAdapterName } from '../../../../device/radio/hci/adapter-name.ts';
import { isOperatingError } from '../../../../src/domain/errors.ts';

const GOOD: readonly [name: string, parsed: AdapterName][] = [
  ['hci0', { kind: 'kernel', deviceId: 0 }],
  ['hci12', { kind: 'kernel', deviceId: 12 }],
  ['h4:unix:/run/emulator/hci', { kind: 'h4-unix', path: '/run/emulator/hci' }],
  ['h4:unix:/tmp/with:colon and space', { kind: 'h4-unix', path: '/tmp/with:colon and space' }],
  ['h4:tcp:192.0.2.7:9000', { kind: 'h4-tcp', host: '192.0.2.7', port: 9000 }],
  ['h4:tcp:bridge.local:1', { kind: 'h4-tcp', host: 'bridge.local', port: 1 }],
  ['h4:tcp:[::1]:65535', { kind: 'h4-tcp', host: '::1', port: 65_535 }],
  ['h4:/dev/ttyACM0', { kind: 'h4-serial', path: '/dev/ttyACM0', flowControl: false }],
  ['h4:/dev/ttyUSB0@1000000', { kind: 'h4-serial', path: '/dev/ttyUSB0', baud: 1_000_000, flowControl: false }],
  [
    'h4:/dev/serial/by-id/usb-x_y-if00@115200,crtscts',
    { kind: 'h4-serial', path: '/dev/serial/by-id/usb-x_y-if00', baud: 115_200, flowControl: true },
  ],
];

for (const [name, parsed] of GOOD) {
  test(`"${name}" names an adapter`, () => assert.deepEqual(parseAdapterName(name), parsed));
}

const BAD: readonly [name: string, why: RegExp][] = [
  ['', /names no adapter/],
  ['hci', /names no adapter/],
  ['hci0 ', /names no adapter/],
  ['ttyACM0', /names no adapter/],
  ['/dev/ttyACM0', /names no adapter/],
  ['h4:', /neither/],
  ['h4:ttyACM0', /neither/],
  ['h4:/dev/', /neither/],
  ['h4:/dev/ttyUSB0@fast', /neither/],
  ['h4:/dev/ttyUSB0,rts', /neither/],
  ['h4:unix:relative', /must begin with/],
  [`h4:unix:/${'x'.repeat(107)}`, /too long/],
  ['h4:tcp:host', /not host:port/],
  ['h4:tcp::9000', /not host:port/],
  ['h4:tcp:::1:9000', /not host:port/],
  ['h4:tcp:host:0', /no port 0/],
  ['h4:tcp:host:65536', /no port 65536/],
];

for (const [name, message] of BAD) {
  test(`"${name.slice(0, 30)}" names none, and the error says what does`, () => {
    assert.throws(() => parseAdapterName(name), {
      code: 'radio-unavailable',
      message,
      remedy: /hci0.*h4:unix.*h4:tcp/,
    });
  });
}

test('any other text is refused in the same way', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `h4:${text}`),
      ),
      (name) => {
        try {
          parseAdapterName(name);
        } catch (error) {
          assert.ok(isOperatingError(error, 'radio-unavailable'));
        }
      },
    ),
  );
});
