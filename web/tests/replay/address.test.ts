import { describe, expect, test } from "vitest";
import { keptFilmsToken, linkTo, readAddress } from "../../src/replay/address";

function storage(entries: Record<string, string> = {}) {
  const storage = {
    getItem: (name: string) => entries[name] ?? null,
    setItem: (name: string, value: string) => {
      entries[name] = value;
    },
  };
  return () => storage;
}

describe("the address of a replay", () => {
  test.each([
    ["/replay/re_1", "#token=a.b&t=1:23", { recording: "re_1", token: "a.b", atMs: 83_000, films: "" }],
    ["/replay/re%201", "#films=c&token=a", { recording: "re 1", token: "a", atMs: 0, films: "c" }],
    ["/replay/%E0", "", { recording: "", token: "", atMs: 0, films: "" }],
    ["/r/daily", "#t=-4", { recording: "", token: "", atMs: 0, films: "" }],
  ])("%s%s is read", (pathname, hash, wanted) => {
    expect(readAddress({ pathname, hash })).toEqual(wanted);
  });

  test("a link to a moment passes on who may see, and not who may make films", () => {
    const address = readAddress({ pathname: "/replay/re_1", hash: "#token=a&films=c&t=5" });
    expect(linkTo(address, 12_340)).toBe("#token=a&t=12.3");
    const kept = storage();
    const shown: string[] = [];
    expect(keptFilmsToken(address, kept, (link) => shown.push(link))).toBe("c");
    expect(shown).toEqual(["#token=a&t=5"]);
    const again = readAddress({ pathname: "/replay/re_1", hash: "#token=a&t=5" });
    expect(keptFilmsToken(again, kept, (link) => shown.push(link))).toBe("c");
    expect(keptFilmsToken({ ...again, recording: "re_2" }, kept, (link) => shown.push(link))).toBe("");
    expect(shown.length).toBe(1);
  });

  test("a browser that keeps nothing is no reason to fail", () => {
    const address = readAddress({ pathname: "/replay/re_1", hash: "#films=c" });
    const refuses = () => {
      throw new Error("denied");
    };
    expect(keptFilmsToken(address, refuses, () => {})).toBe("c");
    expect(keptFilmsToken({ ...address, films: "" }, refuses, () => {})).toBe("");
  });
});
