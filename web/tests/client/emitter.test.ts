import { expect, test } from "vitest";
import { Emitter } from "../../src/client/emitter";

test("listeners hear events of their name in the order they came, until they stop", () => {
  const emitter = new Emitter<{ said: string; done: number }>();
  const heard: string[] = [];
  const stop = emitter.on("said", (text) => heard.push(`first ${text}`));
  emitter.on("said", (text) => heard.push(`second ${text}`));
  emitter.on("done", (count) => heard.push(`done ${count}`));
  emitter.emit("said", "a");
  stop();
  emitter.emit("said", "b");
  emitter.emit("done", 2);
  expect(heard).toEqual(["first a", "second a", "second b", "done 2"]);
});

test("a listener may stop, or add another, while an event is told", () => {
  const emitter = new Emitter<{ said: null }>();
  let heard = 0;
  const stop = emitter.on("said", () => {
    stop();
    emitter.on("said", () => {
      heard += 1;
    });
  });
  emitter.emit("said", null);
  expect(heard).toBe(0);
  emitter.emit("said", null);
  expect(heard).toBe(1);
});

test("a listener that throws keeps nothing from the others, and its error is not lost", async () => {
  const emitter = new Emitter<{ said: null }>();
  let heard = 0;
  emitter.on("said", () => {
    throw new Error("mine");
  });
  emitter.on("said", () => {
    heard += 1;
  });
  // Vitest listens for uncaught errors itself; in this test they are what is awaited.
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  try {
    const uncaught = new Promise<Error>((resolve) => process.once("uncaughtException", resolve));
    emitter.emit("said", null);
    expect(heard).toBe(1);
    expect((await uncaught).message).toBe("mine");
  } finally {
    for (const listener of others) process.on("uncaughtException", listener);
  }
});
