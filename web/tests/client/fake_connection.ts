/** What `Channels` needs of a browser's peer connection and of the signaling socket, played by the test. */

import type { Message, Socket } from "../../src/client/channels";

export class FakeChannel {
  readyState: RTCDataChannelState = "connecting";
  bufferedAmount = 0;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly sent: unknown[] = [];

  constructor(
    readonly label: string,
    readonly init: RTCDataChannelInit,
  ) {}

  send(text: string): void {
    if (this.readyState !== "open") throw new DOMException("closed", "InvalidStateError");
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.readyState = "closed";
  }

  /** The other side takes it. */
  open(): void {
    this.readyState = "open";
    this.onopen?.();
  }

  /** The other side closes it, or the connection has none. */
  end(): void {
    this.readyState = "closed";
    this.onclose?.();
  }

  receive(message: unknown): void {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }
}

export class FakeConnection {
  readonly channels = new Map<string, FakeChannel>();

  createDataChannel(label: string, init: RTCDataChannelInit): FakeChannel {
    const channel = new FakeChannel(label, init);
    this.channels.set(label, channel);
    return channel;
  }

  /** As `Channels.attach` takes it. */
  get real(): RTCPeerConnection {
    return this as unknown as RTCPeerConnection;
  }
}

export class FakeSocket implements Socket {
  isUp = false;
  readonly sent: { label: string; data: Message }[] = [];

  tell(_: "channel", fields: { label: string; data: Message }): boolean {
    if (this.isUp) this.sent.push(fields);
    return this.isUp;
  }
}
