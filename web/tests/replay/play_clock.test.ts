import { describe, expect, test } from "vitest";
import type { MediaFile } from "../../src/replay/manifest";
import { PlayClock } from "../../src/replay/play_clock";
import { clockWords, readMoment, spokenTime, writeMoment } from "../../src/replay/times";
import { type MediaElement, type Step, TrackPlayer } from "../../src/replay/track_player";

describe("the clock", () => {
  test("moves while it plays, at its rate, and waits while it is held", () => {
    const clock = new PlayClock(60_000);
    clock.play(1_000);
    expect(clock.at(3_000)).toBe(2_000);
    clock.setRate(2, 3_000);
    expect(clock.at(4_000)).toBe(4_000);
    clock.hold(true, 4_000);
    expect(clock.at(9_000)).toBe(4_000);
    clock.hold(false, 9_000);
    expect(clock.at(9_500)).toBe(5_000);
    clock.pause(9_500);
    expect(clock.at(20_000)).toBe(5_000);
  });

  test("stays inside the recording, and begins anew after its end", () => {
    const clock = new PlayClock(10_000);
    clock.seek(-5, 0);
    expect(clock.at(0)).toBe(0);
    clock.seek(99_000, 0);
    expect(clock.at(0)).toBe(10_000);
    clock.play(0);
    expect(clock.at(100)).toBe(100);
  });

  test("takes back what nobody has played, without a jump", () => {
    const clock = new PlayClock(60_000);
    clock.play(0);
    clock.slip(400, 1_000);
    expect([clock.at(1_000), clock.at(1_500), clock.jumps]).toEqual([600, 1_100, 0]);
  });

  test("goes on from where it was sought, if it played", () => {
    const clock = new PlayClock(60_000);
    clock.play(0);
    clock.seek(30_000, 1_000);
    expect(clock.at(1_500)).toBe(30_500);
  });
});

/** An element that plays by the times it is told, `slow` times as fast as it should. */
class FakeElement implements MediaElement {
  src = "";
  currentTime = 0;
  duration = 10;
  playbackRate = 1;
  paused = true;
  readyState = 4;
  seeking = false;
  error: MediaError | null = null;
  loads = 0;
  pass(seconds: number, slow = 1): void {
    if (!this.paused) this.currentTime += seconds * this.playbackRate * slow;
  }
  async play(): Promise<void> {
    this.paused = false;
  }
  pause(): void {
    this.paused = true;
  }
  load(): void {
    this.loads += 1;
    this.error = null;
  }
  removeAttribute(): void {
    this.src = "";
  }
}

const FILES: MediaFile[] = [
  { name: "a.webm", codec: "VP8", offset_ms: 1_000, duration_ms: 10_000, bytes: 1 },
  { name: "b.webm", codec: "VP8", offset_ms: 20_000, duration_ms: 10_000, bytes: 1 },
];

function step(atMs: number, playing: boolean, now: number, jumps = 0, running = playing): Step {
  return { atMs, running, playing, rate: 1, jumps, now, againAt: Number.NEGATIVE_INFINITY };
}

function player() {
  const element = new FakeElement();
  return { element, player: new TrackPlayer(element, FILES, ({ name }) => `/${name}`) };
}

describe("an element", () => {
  test("plays the file of the moment, from where the moment is in it", () => {
    const { element, player: track } = player();
    track.follow(step(25_000, false, 0));
    expect([element.src, element.currentTime]).toEqual(["/b.webm", 5]);
    track.follow(step(500, false, 0));
    expect(element.src).toBe("");
  });

  test("that is slow is brought back into step without a jump", () => {
    const { element, player: track } = player();
    let [now, jumps, before] = [0, 0, 0];
    for (; now < 8_000; now += 50) {
      track.follow(step(1_000 + now, true, now));
      if (Math.abs(element.currentTime - before) > 0.1) jumps += 1;
      element.pass(0.05, 0.97);
      before = element.currentTime;
      if (now > 1_000) expect(Math.abs(track.lead ?? 0)).toBeLessThan(0.08);
    }
    expect(jumps).toBe(0);
  });

  test("that is far away is sought", () => {
    const { element, player: track } = player();
    track.follow(step(1_000, true, 0));
    expect(track.follow(step(6_000, true, 50))).toBe(false);
    expect(element.currentTime).toBe(5);
  });

  test("that does not keep up is not sought again and again, but where the clock jumps", () => {
    const { element, player: track } = player();
    let seeks = 0;
    let before = 0;
    const follow = (atMs: number, now: number, jumps = 0) => {
      track.follow(step(atMs, true, now, jumps));
      if (element.currentTime !== before) seeks += 1;
      element.pass(0.05, 0.6);
      before = element.currentTime;
    };
    for (let now = 0; now < 8_000; now += 50) follow(1_000 + now, now);
    expect(seeks).toBeLessThan(4);
    seeks = 0;
    follow(4_000, 8_000, 1);
    expect([seeks, element.currentTime > 2.9]).toEqual([1, true]);
  });

  test("that waits with the others stays where it is", () => {
    const { element, player: track } = player();
    track.follow(step(3_000, true, 0));
    element.currentTime = 2.1;
    track.follow(step(3_000, true, 100, 0, false));
    expect([element.currentTime, element.paused]).toEqual([2.1, true]);
  });

  test("is waited for while it has nothing to show, but not for ever", () => {
    const { element, player: track } = player();
    element.readyState = 1;
    expect(track.follow(step(1_000, true, 0))).toBe(false);
    expect(track.follow(step(1_000, true, 11_000))).toBe(true);
  });

  test("whose file broke off fetches it again, one whose file cannot be played does not", () => {
    for (const [readyState, loads] of [
      [4, 3],
      [0, 1],
    ] as const) {
      const { element, player: track } = player();
      element.readyState = readyState;
      for (let now = 0; now <= 15_000; now += 500) {
        track.follow(step(3_000, false, now));
        if (now < 10_000) element.error = {} as MediaError;
      }
      expect(element.loads).toBe(loads);
    }
  });

  test("whose file never came fetches it once more when files can be had again", () => {
    const { element, player: track } = player();
    element.readyState = 0;
    const loads = [0, 60_000, 61_000, 90_000].map((now) => {
      track.follow({ ...step(3_000, false, now), againAt: now < 61_000 ? Number.NEGATIVE_INFINITY : 60_500 });
      const after = [element.loads, track.fails];
      element.error = {} as MediaError;
      return after;
    });
    expect(loads).toEqual([
      [1, false],
      [1, true],
      [2, false],
      [2, true],
    ]);
  });

  test("stands at its end while the clock goes on", () => {
    const { element, player: track } = player();
    track.follow(step(12_500, true, 0));
    expect(track.follow(step(12_600, true, 100))).toBe(true);
    expect([element.currentTime, element.paused]).toEqual([10, true]);
  });
});

describe("times", () => {
  test.each([
    [0, "0:00", "0 seconds"],
    [62_900, "1:02", "1 minute 2 seconds"],
    [3_723_000, "1:02:03", "1 hour 2 minutes 3 seconds"],
  ])("%i ms are written and said", (ms, written, said) => {
    expect([clockWords(ms), spokenTime(ms)]).toEqual([written, said]);
  });

  test.each([
    ["83.5", 83_500],
    ["1:23", 83_000],
    ["1:02:03", 3_723_000],
    ["", null],
    ["-4", null],
    ["1:2:3:4", null],
    ["x", null],
  ])("the moment %j of an address is %j", (text, ms) => {
    expect(readMoment(text)).toBe(ms);
  });

  test("what is written into an address is read from it", () => {
    expect(readMoment(writeMoment(83_460))).toBe(83_500);
  });
});
