// Runs before the scripts of a page: what its camera encodes is sent with 130 kB of nothing behind each frame, so
// that some 1,700 packets a second come of a small picture and sequence numbers wrap within a minute. A VP8 decoder
// reads its last partition as far as it needs (RFC 6386 §9.5), so the frames stay what they are.
(() => {
  const MOST_BPS = 40_000_000;
  const worker = `onrtctransform = ({transformer}) => {
    const grow = new TransformStream({
      transform(frame, controller) {
        const grown = new Uint8Array(frame.data.byteLength + 130_000);
        grown.set(new Uint8Array(frame.data));
        frame.data = grown.buffer;
        controller.enqueue(frame);
      },
    });
    transformer.readable.pipeThrough(grow).pipeTo(transformer.writable);
  };`;
  const add = RTCPeerConnection.prototype.addTransceiver;
  // A transform that comes later than its transceiver is never called.
  RTCPeerConnection.prototype.addTransceiver = function (track, init) {
    const films = track instanceof MediaStreamTrack && track.kind === "video";
    if (films) for (const encoding of init.sendEncodings) encoding.maxBitrate = MOST_BPS;
    const transceiver = add.call(this, track, init);
    if (films) {
      const source = URL.createObjectURL(new Blob([worker], {type: "text/javascript"}));
      transceiver.sender.transform = new RTCRtpScriptTransform(new Worker(source));
    }
    return transceiver;
  };
})();
