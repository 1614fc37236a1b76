import assert from 'node:assert/strict';
import test from 'node:test';
import { Redaction } from '../../../src/doctor/bundle/redaction.ts';

const nothingKnown = new Redaction([]);
const isLeft = (text: string) => assert.equal(nothingKnown.text(text), text);
const becomes = (text: string, left: string) => assert.equal(nothingKnown.text(text), left);

test('an address of IPv6 goes, however short it is written, and a time stays', () => {
  for (const address of [
    'fe80::1',
    '2001:db8::5',
    '2001:db8::',
    '::ffff:192.168.7.13',
    'fd00:1:2:3:4:5:6:7',
    '2001:DB8:0:0:8:800:200C:417A',
    '::2',
  ]) {
    becomes(`no way to ${address}: no route`, 'no way to …: no route');
    becomes(`no way to ${address}, port 1883`, 'no way to …, port 1883');
    becomes(`{"to":"${address}"}`, '{"to":"…"}');
    becomes(`at [${address}]:1883.`, 'at […]:1883.');
  }
  isLeft('2026-11-27T21:00:04+0000 at 21:00:04, after 1:02:03, it is on ::1, and listens at ::');
});

test('an address of Bluetooth goes, with colons, with dashes and without', () => {
  for (const address of ['c0:9e:1a:ca:fe:07', 'C0-9E-1A-CA-FE-07', 'c09e1acafe07']) {
    becomes(`the strap ${address} is gone`, 'the strap … is gone');
  }
  isLeft('on 2026-11-27 from 10-20-30');
});

test('of a path the name of the user goes and that of their stick, and of the system’s own nothing', () => {
  for (const path of [
    '/home/anna',
    '/home/anna/',
    '/media/anna',
    '/media/anna/ANNAS',
    '/run/media/anna',
    '/run/media/anna/ANNAS/',
  ]) {
    becomes(`cannot read ${path}: no`, 'cannot read …: no');
  }
  for (const path of [
    '/home/anna/gateway.yaml',
    '/media/anna/ANNAS/gateway.yaml',
    '/run/media/anna/ANNAS/x/gateway.yaml',
    '/srv/club/gateway.yaml',
  ]) {
    becomes(`cannot read ${path}: no`, 'cannot read …/gateway.yaml: no');
  }
  isLeft('cannot read /run/sideline/status.socket, /etc/sideline/gateway.yaml or /var/lib/sideline/outbox.db');
});

test('a name of two characters goes that is not of ASCII, and one of ASCII does not take every word with it', () => {
  const redaction = new Redaction(['李明', 'Øy', 'al', ' ']);
  assert.equal(redaction.text('no reading of 李明 and Øy at all'), 'no reading of … and … at all');
});

test('a private number goes from sentences, and stays in a time and in what only holds it', () => {
  const redaction = new Redaction([], [196, 48]);
  assert.equal(redaction.text('"max" is 196, and rest 48.'), '"max" is …, and rest ….');
  const left = '{"seconds":48} at 21:48:04, 1965 of 248, 48.5 and v196';
  assert.equal(redaction.text(left), left);
});
