import { expect, test } from "vitest";
import { Negotiator } from "../../src/client/negotiator";

/** Exchanges that end when told to. */
class Exchanges {
  readonly ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  running = 0;
  most = 0;

  begin = async (): Promise<void> => {
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    try {
      await new Promise<void>((resolve, reject) => this.ends.push({ resolve, reject }));
    } finally {
      this.running -= 1;
    }
  };

  /** The n-th exchange once it has begun. */
  async end(index: number): Promise<{ resolve: () => void; reject: (error: Error) => void }> {
    for (;;) {
      const end = this.ends[index];
      if (end) return end;
      await Promise.resolve();
    }
  }
}

test("asked several times before it begins, one exchange serves all", async () => {
  const exchanges = new Exchanges();
  const negotiator = new Negotiator(exchanges.begin);
  const asked = [negotiator.negotiate(), negotiator.negotiate(), negotiator.negotiate()];
  (await exchanges.end(0)).resolve();
  await Promise.all(asked);
  expect(exchanges.ends.length).toBe(1);
});

test("asked during an exchange, one more follows, never at the same time", async () => {
  const exchanges = new Exchanges();
  const negotiator = new Negotiator(exchanges.begin);
  const first = negotiator.negotiate();
  const running = await exchanges.end(0);
  const later = [negotiator.negotiate(), negotiator.negotiate()];
  running.resolve();
  await first;
  (await exchanges.end(1)).resolve();
  await Promise.all(later);
  expect(exchanges.ends.length).toBe(2);
  expect(exchanges.most).toBe(1);
});

test("an exchange that fails fails for those who asked for it, the next one runs", async () => {
  const exchanges = new Exchanges();
  const negotiator = new Negotiator(exchanges.begin);
  const first = negotiator.negotiate();
  const running = await exchanges.end(0);
  const second = negotiator.negotiate();
  running.reject(new Error("refused"));
  await expect(first).rejects.toThrow("refused");
  (await exchanges.end(1)).resolve();
  await expect(second).resolves.toBeUndefined();
});

test("asked at whatever moment, no two exchanges overlap and everybody is served", async () => {
  for (let pause = 0; pause < 12; pause += 1) {
    const exchanges = new Exchanges();
    const negotiator = new Negotiator(async () => {
      const exchange = exchanges.begin();
      exchanges.ends.at(-1)?.resolve();
      await exchange;
    });
    const first = negotiator.negotiate();
    for (let turn = 0; turn < pause; turn += 1) await Promise.resolve();
    await Promise.all([first, negotiator.negotiate()]);
    expect(exchanges.most).toBe(1);
  }
});
