import type { iot, mqtt5 } from 'aws-iot-device-sdk-v2';
import { messageOf, OperatingError } from '../domain/errors.ts';

/** The part of the AWS IoT device SDK that the uplink uses. */
export interface AwsIotSdk {
  readonly iot: Pick<typeof iot, 'AwsIotMqtt5ClientConfigBuilder'>;
  readonly mqtt5: typeof mqtt5;
}

/**
 * Loads the SDK, which only this uplink needs: it costs memory, and its native part exists for 64-bit systems
 * only. Throws `uplink-misconfigured` where it cannot be loaded.
 */
export async function loadAwsIotSdk(
  load: () => Promise<AwsIotSdk> = () => import('aws-iot-device-sdk-v2'),
): Promise<AwsIotSdk> {
  try {
    return await load();
  } catch (cause) {
    throw new OperatingError(
      'uplink-misconfigured',
      `the AWS IoT SDK does not load on this system (${process.platform} ${process.arch}): ${messageOf(cause)}`,
      {
        remedy: 'a 64-bit system is required: install 64-bit Raspberry Pi OS, or use an uplink of kind mqtt',
        cause,
      },
    );
  }
}
