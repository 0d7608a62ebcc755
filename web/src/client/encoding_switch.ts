/** Sends of what is published only the encodings that somebody wants; the encoders of the others rest. */

/** What is needed of an `RTCRtpSender`. */
export interface Encoder {
  getParameters(): RTCRtpSendParameters;
  setParameters(parameters: RTCRtpSendParameters): Promise<void>;
}

const TRIES = 3;

export class EncodingSwitch {
  private wanted: ReadonlySet<string> = new Set();
  private switching = false;

  constructor(private readonly sender: Encoder) {}

  /** Sends these rids ("" for a single encoding) and no others. Not obeying is allowed: a failure is no error. */
  async want(rids: readonly string[]): Promise<void> {
    this.wanted = new Set(rids);
    // One change at a time: parameters are good for one `setParameters`, and the newest wish is applied last.
    if (this.switching) return;
    this.switching = true;
    try {
      for (let failures = 0; failures < TRIES; ) {
        const { wanted } = this;
        if (!(await this.apply(wanted))) failures += 1;
        else if (wanted === this.wanted) return;
      }
    } finally {
      this.switching = false;
    }
  }

  /** False if the sender did not take it. */
  private async apply(wanted: ReadonlySet<string>): Promise<boolean> {
    const parameters = this.sender.getParameters();
    let different = false;
    for (const encoding of parameters.encodings ?? []) {
      const active = wanted.has(encoding.rid ?? "");
      different ||= (encoding.active ?? true) !== active;
      encoding.active = active;
    }
    if (!different) return true;
    // A description set meanwhile makes the parameters stale: read again.
    return await this.sender.setParameters(parameters).then(
      () => true,
      () => false,
    );
  }
}
