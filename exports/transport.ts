/**
 * `lifeline/transport`: how bytes travel. The port, and what implements it: within a process (with faults, for
 * tests), between its threads, and over NATS.
 *
 * ```ts
 * const transport = await natsTransport({ servers: 'nats://broker:4222' });
 * const stop = transport.subscribe('greetings.>', (bytes) => console.log(bytes.length));
 * ```
 *
 * @module transport
 */
export { InvalidId, parseId } from '../transport/ids.ts';
export {
  memoryTransport,
  type MemoryTransport,
  type MemoryTransportOptions,
} from '../transport/memory.ts';
export { type Fault, type FaultCounts } from '../transport/memory-faults.ts';
export { type NatsTls } from '../transport/nats-login.ts';
export { type NatsAddressing } from '../transport/nats-settings.ts';
export { natsStandIn, type NatsStandInOptions } from '../transport/nats-stand-in.ts';
export { type NatsLogger } from '../transport/nats-trouble.ts';
export { natsTransport, type NatsTransport, type NatsTransportOptions } from '../transport/nats.ts';
export { type LastWord, type StandIn } from '../transport/stand-in.ts';
export { threadTransport, type ThreadTransportOptions } from '../transport/threads.ts';
export { TransportError, type Transport, type TransportStatus } from '../transport/transport.ts';
export { ValueRefused } from '../transport/value.ts';
