/** The schema of how an athlete's strap is recognised. */
import { z } from 'zod';

/** Core Specification Vol 3, Part C, 12.1: a device name has at most 248 bytes. */
const STRAP_NAME_MAX = 248;

/** A GATT attribute has at most 512 bytes (Vol 3, Part F, 3.2.9). */
const SERIAL_MAX = 512;

const ADDRESS_PATTERN = /^([0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{12})$/;

export const strapSchema = z
  .strictObject({
    address: z
      .string()
      .regex(
        ADDRESS_PATTERN,
        'is {value}, which is no Bluetooth address; write six pairs of hex digits, as in "a0:9e:1a:00:00:07"',
      )
      .transform((text) => text.replaceAll(':', '').toLowerCase())
      .optional()
      .meta({ title: 'address', description: 'The Bluetooth address, as in "a0:9e:1a:00:00:07".' }),
    name: z.string().min(1).max(STRAP_NAME_MAX).optional().meta({
      title: 'text',
      description: 'The name that the strap advertises, compared exactly, as in "Polar H10 1234ABCD".',
    }),
    serial: z.string().min(1).max(SERIAL_MAX).optional().meta({
      title: 'text',
      description: 'The serial number that the strap tells when connected (characteristic 0x2A25).',
    }),
  })
  .superRefine((given, context) => {
    const count = Object.values(given).filter((value) => value !== undefined).length;
    if (count === 1) return;
    const message =
      count === 0
        ? 'does not say which strap; write one of "address", "name" and "serial"'
        : 'says in several ways which strap; keep one of "address", "name" and "serial"';
    context.addIssue({ code: 'custom', message });
  })
  .meta({ minProperties: 1, maxProperties: 1, description: 'How the strap is recognised: exactly one of these keys.' });
