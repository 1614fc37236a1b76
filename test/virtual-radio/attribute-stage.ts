/** How far a central has come with a strap, told by what it asks (Attribute Protocol: Vol 3, Part F, section 3.4). */

/** `connecting` is before the first request. */
export type Stage = 'connecting' | 'discovering' | 'reading' | 'subscribing';

const CLIENT_CONFIGURATION = 0x2902;
const NOTIFICATION = 0x1b;

/** The stage that this request begins or belongs to; undefined where it tells nothing. */
export function stageOf(request: Buffer): Stage | undefined {
  switch (request[0]) {
    // Find Information, Find By Type Value, Read By Group Type.
    case 0x04:
    case 0x06:
    case 0x10:
      return 'discovering';
    // Read By Type finds characteristics, and the descriptor that subscribes to one.
    case 0x08:
      return request.length >= 7 && request.readUInt16LE(5) === CLIENT_CONFIGURATION ? 'subscribing' : 'discovering';
    // Read, Read Blob.
    case 0x0a:
    case 0x0c:
      return 'reading';
    // Write Request, Write Command.
    case 0x12:
    case 0x52:
      return 'subscribing';
    default:
      return undefined;
  }
}

/** The value that a notification carries; undefined when this is none. */
export function notificationValue(attribute: Buffer): Buffer | undefined {
  return attribute[0] === NOTIFICATION ? attribute.subarray(3) : undefined;
}
