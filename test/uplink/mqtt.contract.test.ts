import { MqttUplink } from '../../src/uplink/mqtt.ts';
import { uplinkContract } from '../contract/uplink.ts';
import { requires } from '../requirements.ts';
import { aedesTestbed, mosquittoTestbed, surroundings } from './testbeds.ts';

for (const protocol of [5, 4] as const) {
  uplinkContract(
    `MQTT protocol ${protocol} with mosquitto`,
    () => mosquittoTestbed(({ url }) => new MqttUplink({ ...surroundings(), url, protocol })),
    requires('mosquitto'),
  );
}

uplinkContract('MQTT protocol 4 with aedes', () =>
  aedesTestbed((url) => new MqttUplink({ ...surroundings(), url, protocol: 4 })),
);
