import { describe, expect, it } from "vitest";
import { type Encoder, EncodingSwitch } from "../../src/client/encoding_switch";

/** Behaves as WebRTC §5.2: parameters are good for one change, which takes a while. */
class FakeSender implements Encoder {
  sent: (string | undefined)[];
  changes = 0;
  stale = 0;
  private readonly off = new Set<string | undefined>();
  private transaction = 0;

  constructor(private readonly rids: (string | undefined)[]) {
    this.sent = rids;
  }

  getParameters(): RTCRtpSendParameters {
    const encodings = this.rids.map((rid) => ({
      ...(rid === undefined ? {} : { rid }),
      active: !this.off.has(rid),
    }));
    const rest = { codecs: [], headerExtensions: [], rtcp: {} };
    return { transactionId: String(++this.transaction), encodings, ...rest };
  }

  async setParameters(parameters: RTCRtpSendParameters): Promise<void> {
    const good = parameters.transactionId === String(this.transaction);
    await Promise.resolve();
    if (!good || this.stale-- > 0) throw new DOMException("stale", "InvalidStateError");
    this.changes += 1;
    for (const { rid, active } of parameters.encodings)
      if (active) this.off.delete(rid);
      else this.off.add(rid);
    this.sent = this.rids.filter((rid) => !this.off.has(rid));
  }
}

describe("encoding switch", () => {
  it("sends what is wanted and no more", async () => {
    const sender = new FakeSender(["q", "h", "f"]);
    const encodings = new EncodingSwitch(sender);
    for (const wanted of [["q", "h"], [], ["f", "q", "h"], ["q", "unknown"]]) {
      await encodings.want(wanted);
      expect(sender.sent).toEqual(["q", "h", "f"].filter((rid) => wanted.includes(rid)));
    }
  });

  it("knows a single encoding by no name", async () => {
    const sender = new FakeSender([undefined]);
    const encodings = new EncodingSwitch(sender);
    await encodings.want([]);
    expect(sender.sent).toEqual([]);
    await encodings.want([""]);
    expect(sender.sent).toEqual([undefined]);
  });

  it("changes nothing where nothing changes", async () => {
    const sender = new FakeSender(["q", "h"]);
    await new EncodingSwitch(sender).want(["h", "q"]);
    expect(sender.changes).toBe(0);
  });

  it("ends with the newest of wishes that come at once", async () => {
    const sender = new FakeSender(["q", "h", "f"]);
    const encodings = new EncodingSwitch(sender);
    await Promise.all([["q"], [], ["q", "h"], ["h"]].map((wanted) => encodings.want(wanted)));
    expect(sender.sent).toEqual(["h"]);
  });

  it("tries again with fresh parameters, and gives up quietly", async () => {
    const sender = new FakeSender(["q", "h"]);
    const encodings = new EncodingSwitch(sender);
    sender.stale = 1;
    await encodings.want(["q"]);
    expect(sender.sent).toEqual(["q"]);
    sender.stale = 100;
    await encodings.want([]);
    expect(sender.sent).toEqual(["q"]);
  });
});
