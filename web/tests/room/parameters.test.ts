import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parameters, roomPath } from "../../src/room/parameters";

function read(address: string) {
  return parameters(new URL(address, "http://localhost"));
}

describe("address", () => {
  test.each([
    ["/", null],
    ["/r/weekly", "weekly"],
    ["/r/weekly/", "weekly"],
    ["/r/weekly%20sync", "weekly sync"],
    ["/r/%D0%BA%D0%BE%D0%BC%D0%BD%D0%B0%D1%82%D0%B0", "комната"],
    ["/r/50%", "50%"],
    ["/r/", null],
    ["/r/a/b", null],
    ["/replay/re_1", null],
  ])("%s names the room %s", (path, room) => {
    expect(read(path).room).toBe(room);
  });

  test.each([
    ["/d/do_1", "do_1"],
    ["/d/do_1/#token=t", "do_1"],
    ["/d/", null],
    ["/d/do_1/x", null],
    ["/r/d", null],
    ["/", null],
  ])("%s names the document %s", (path, document) => {
    expect(read(path).document).toBe(document);
  });

  test.each([
    ["/b/bo_1#token=t", "bo_1"],
    ["/b/bo_1/x", null],
    ["/r/b", null],
  ])("%s names the board %s", (path, board) => {
    expect(read(path).board).toBe(board);
  });

  test.each([
    ["/r/a#token=x.y.z", "x.y.z"],
    ["/r/a#token=", null],
    ["/r/a#other=1&token=t", "t"],
    ["/r/a?token=never-in-the-query", null],
    ["/r/a", null],
  ])("%s carries the token %s", (address, token) => {
    expect(read(address).token).toBe(token);
  });

  test("any room name survives the way into the address and back", () => {
    // `.` and `..` are path steps to every URL parser; lone surrogates are no text.
    const name = fc.string({ unit: "grapheme", minLength: 1 }).filter((room) => !/^\.{1,2}$/.test(room));
    fc.assert(
      fc.property(name, (room) => {
        expect(read(roomPath(room, "?slots=1")).room).toBe(room);
      }),
    );
  });
});

describe("query", () => {
  test("without one everything has its default", () => {
    expect(read("/r/a")).toEqual({
      ...{ room: "a", document: null, board: null, token: null, name: null, identity: null, role: null },
      ...{
        camera: true,
        microphone: true,
        videoSlots: 9,
        audioSlots: 9,
        maxVideoSlots: 49,
        maxAudioSlots: 49,
      },
      ...{ codec: "VP8", simulcast: true, hint: "", width: 1280, height: 720, fps: 30, stereo: false },
      ...{ lobby: true, adapt: true },
    });
  });

  test("each parameter is read", () => {
    const query =
      "name=Ada&identity=ada&role=viewer&camera=0&mic=0&slots=4&audioSlots=3&maxSlots=12&codec=av1&simulcast=0" +
      "&hint=detail&width=640&height=360&fps=15&stereo=1";
    expect(read(`/r/a?${query}`)).toEqual({
      ...{
        room: "a",
        document: null,
        board: null,
        token: null,
        name: "Ada",
        identity: "ada",
        role: "viewer",
      },
      ...{
        camera: false,
        microphone: false,
        videoSlots: 4,
        audioSlots: 3,
        maxVideoSlots: 12,
        maxAudioSlots: 12,
      },
      ...{ codec: "AV1", simulcast: false, hint: "detail", width: 640, height: 360, fps: 15, stereo: true },
      ...{ lobby: false, adapt: false },
    });
  });

  test("slots that are given do not grow unless told how far", () => {
    expect(read("/r/a?slots=2")).toMatchObject({ videoSlots: 2, maxVideoSlots: 2, maxAudioSlots: 49 });
    expect(read("/r/a?slots=0")).toMatchObject({ videoSlots: 0, maxVideoSlots: 0 });
    expect(read("/r/a?slots=20&maxSlots=10")).toMatchObject({ videoSlots: 20, maxVideoSlots: 20 });
  });

  test.each([
    ["", { lobby: true, adapt: true }],
    ["name=Ada", { lobby: false, adapt: false }],
    ["name=", { lobby: true, adapt: true }],
    ["name=Ada&lobby=1", { lobby: true, adapt: true }],
    ["name=Ada&adapt=1", { lobby: false, adapt: true }],
    ["lobby=0", { lobby: false, adapt: false }],
    ["adapt=0", { lobby: true, adapt: false }],
  ])("%j decides about the lobby and the sizes of pictures", (query, decided) => {
    expect(read(`/r/a?${query}`)).toMatchObject(decided);
  });

  test.each([
    "slots=-1",
    "slots=1e3",
    "slots=4000",
    "slots=",
    "slots=x",
    "codec=VP7",
    "hint=fast",
    "width=0",
    "fps=2.5",
  ])("%s makes no sense and leaves the default", (query) => {
    const { videoSlots, codec, hint, width, fps } = read(`/r/a?${query}`);
    expect({ videoSlots, codec, hint, width, fps }).toEqual({
      ...{ videoSlots: 9, codec: "VP8", hint: "", width: 1280, fps: 30 },
    });
  });

  test("no address makes it fail", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (pathname, search, hash) => {
        const read = parameters({ pathname, search, hash });
        expect(read.maxVideoSlots).toBeGreaterThanOrEqual(read.videoSlots);
        expect(read.videoSlots).toBeLessThanOrEqual(100);
      }),
    );
  });
});
