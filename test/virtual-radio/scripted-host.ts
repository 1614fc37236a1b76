/** A central that does just what a test tells it, over H4, to try the virtual radio with where noble has its own ways. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Changes } from '../fixtures/changes.ts';
import { ATT, addressBytes, command, data, OPCODE, PacketStream, u16 } from './h4.ts';
import { type Packet, read } from './packet.ts';

type Heard<Type> = Packet & { readonly type: Type };

export class ScriptedHost {
  readonly #socket: Socket;
  readonly #changes = new Changes();
  readonly #heard: Packet[] = [];

  static async at(address: string): Promise<ScriptedHost> {
    const socket = connect(address.replace('h4:unix:', ''));
    await once(socket, 'connect');
    return new ScriptedHost(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    const stream = new PacketStream();
    socket.on('data', (chunk) => {
      this.#heard.push(...stream.take(chunk).map(read));
      this.#changes.happened();
    });
    socket.on('error', () => {});
  }

  /** The next packet of this type that has not been taken yet; those before it are passed over. */
  async next<Type extends Packet['type']>(
    type: Type,
    wanted: (packet: Heard<Type>) => boolean = () => true,
  ): Promise<Heard<Type>> {
    const isWanted = (packet: Packet): packet is Heard<Type> => packet.type === type && wanted(packet as Heard<Type>);
    await this.#changes.until(() => this.#heard.some(isWanted), `a packet: ${type}`);
    for (;;) {
      const packet = this.#heard.shift();
      if (packet !== undefined && isWanted(packet)) return packet;
    }
  }

  /** The status of the answer. */
  async command(opcode: number, parameters: Buffer | readonly number[] = []): Promise<number | undefined> {
    this.#socket.write(command(opcode, parameters));
    return (await this.next('answer', (answer) => answer.opcode === opcode)).status;
  }

  async scan(enable: boolean): Promise<void> {
    // Active, as fast as can be.
    if (enable) await this.command(OPCODE.setScanParameters, [1, ...u16(0x12), ...u16(0x12), 0, 0]);
    await this.command(OPCODE.setScanEnable, [enable ? 1 : 0, 0]);
  }

  /** Asks for a link of 100 to 200 ms interval and 6 s timeout, and resolves with the status of the answer. */
  async connect(strap: { readonly address: string; readonly addressType: string }): Promise<number | undefined> {
    const peer = [strap.addressType === 'random' ? 1 : 0, ...addressBytes(strap.address)];
    const parameters = [80, 160, 0, 600, 0, 0].flatMap(u16);
    return await this.command(OPCODE.createConnection, [...u16(96), ...u16(48), 0, ...peer, 0, ...parameters]);
  }

  request(handle: number, attribute: string): void {
    this.#socket.write(data(handle, ATT, Buffer.from(attribute, 'hex')));
  }

  /** Resolves when its controller is gone. */
  async closed(): Promise<void> {
    if (!this.#socket.closed) await once(this.#socket, 'close');
  }

  /** Ends as a killed process does. */
  leave(): void {
    this.#socket.destroy();
  }
}
