import assert from 'node:assert/strict';
import test from 'node:test';
import { loopbackAddress, whyNoLoopback } from '../../src/config/loopback-address.ts';

test('addresses of this machine alone are taken, each with its port', () => {
  for (const [text, host, port] of [
    ['127.0.0.1:9464', '127.0.0.1', 9_464],
    ['127.1.2.3:1', '127.1.2.3', 1],
    ['[::1]:65535', '::1', 65_535],
    ['[0:0:0:0:0:0:0:1]:80', '0:0:0:0:0:0:0:1', 80],
  ] as const) {
    assert.equal(whyNoLoopback(text), undefined);
    assert.deepEqual(loopbackAddress(text), { host, port });
  }
});

test('every other address is refused, however it is written', () => {
  for (const text of [
    '0.0.0.0:1',
    '192.168.1.2:9464',
    '126.255.255.255:1',
    '128.0.0.1:1',
    '[::]:1',
    '[fe80::1]:1',
    '[::2]:1',
  ]) {
    assert.match(whyNoLoopback(text) ?? '', /others than this machine can reach/, text);
  }
  for (const text of [
    '',
    ':9464',
    '127.0.0.1',
    '127.1:80',
    '::1:9464',
    '[127.0.0.1]:1',
    '127.0.0.1:',
    '127.0.0.1:-1',
    '127.0.0.1:1 ',
    '2130706433:1',
    '0x7f000001:1',
    'localhost:1',
    'http://127.0.0.1:1',
  ]) {
    assert.match(whyNoLoopback(text) ?? '', /no address with a port/, text);
  }
  for (const text of ['127.0.0.1:0', '127.0.0.1:65536', '[::1]:999999999']) {
    assert.match(whyNoLoopback(text) ?? '', /ports go from 1 to 65535/, text);
  }
});
