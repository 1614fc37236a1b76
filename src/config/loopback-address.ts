/** Addresses at which only programs of the same machine can reach the gateway. */
import { BlockList, isIP } from 'node:net';

export interface LoopbackAddress {
  readonly host: string;
  readonly port: number;
}

const FORM = 'write "127.0.0.1:9464" or "[::1]:9464"';
const PATTERN = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,9})$/;
const PORT_MAX = 65_535;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** What is wrong with the address, in the words of a schema's message; undefined where nothing is. */
export function whyNoLoopback(text: string): string | undefined {
  const [, v6, v4, port] = PATTERN.exec(text) ?? [];
  const host = v6 ?? v4;
  if (host === undefined || isIP(host) !== (v6 === undefined ? 4 : 6)) {
    return `is {value}, which is no address with a port; ${FORM}`;
  }
  if (!LOOPBACK.check(host, v6 === undefined ? 'ipv4' : 'ipv6')) {
    return `is {value}, which others than this machine can reach; ${FORM}, and let a proxy or a tunnel lead there`;
  }
  const isPort = Number(port) >= 1 && Number(port) <= PORT_MAX;
  return isPort ? undefined : `is {value}, and ports go from 1 to ${PORT_MAX}; ${FORM}`;
}

/** Of a text in which nothing is wrong. */
export function loopbackAddress(text: string): LoopbackAddress {
  const [, v6, v4 = '', port] = PATTERN.exec(text) ?? [];
  return { host: v6 ?? v4, port: Number(port) };
}
