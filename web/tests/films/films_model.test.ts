import { describe, expect, test } from "vitest";
import { type Film, filmName, filmWords, sizeWords } from "../../src/films/film";
import { FilmsModel } from "../../src/films/films_model";

const GRID: Film = {
  ...{ id: "grid.mp4", layout: "grid", format: "mp4", state: "running" },
  ...{ progress: 0.1, bytes: null, problem: "" },
};

/** A server that has these films, one answer after the other; `done` says what it was asked to do. */
function server(...answers: (readonly Film[] | string)[]) {
  const done: string[] = [];
  const act = async (what: string) => void done.push(what);
  return {
    done,
    list: async () => {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (typeof answer === "string") throw Object.assign(new Error(answer), { code: answer });
      return answer ?? [];
    },
    order: (layout: string, format: string) => act(`order ${layout} ${format}`),
    remove: (film: string) => act(`remove ${film}`),
    url: (film: string) => `/${film}`,
  };
}

describe("films", () => {
  test.each([
    [{ state: "waiting" }, "Waits for another film"],
    [{ progress: 0.429 }, "Being made, 42 %"],
    [{ state: "finished", bytes: 12_400_000 }, "12 MB"],
    [{ state: "failed", problem: "the disk is full" }, "It could not be made: the disk is full"],
  ] as [Partial<Film>, string][])("%o is said in words", (change, words) => {
    expect(filmWords({ ...GRID, ...change })).toBe(words);
  });

  test("have names that people choose by", () => {
    expect(filmName(GRID)).toBe("Grid, MP4");
    expect(filmName({ layout: "screen+speaker", format: "webm" })).toBe("Screen and speaker, WebM");
    expect([0, 999, 1_500, 2_340_000_000].map(sizeWords)).toEqual(["0 B", "999 B", "1.5 kB", "2.3 GB"]);
  });

  test("are told of as they come, and looked at only while one is made", async () => {
    const at = (progress: number): Film[] => [{ ...GRID, progress }];
    const made: Film[] = [{ ...GRID, state: "finished", bytes: 7 }];
    const model = new FilmsModel(server(at(0.1), at(0.2), at(0.55), made, made));
    const heard: string[] = [];
    for (let looks = 0; looks < 5; looks += 1) {
      await model.look();
      heard.push(model.said.value);
      model.said.value = "";
      expect(model.isUnderWay.value).toBe(looks < 3);
    }
    expect(heard).toEqual(["", "", "Grid, MP4: 50 %", "Grid, MP4: ready", ""]);
  });

  test("are ordered and given up", async () => {
    const asked = server([GRID], []);
    const model = new FilmsModel(asked);
    await model.order("grid", "mp4");
    expect(model.of("grid", "mp4")?.state).toBe("running");
    expect(model.of("grid", "webm")).toBeUndefined();
    await model.remove(GRID);
    expect(asked.done).toEqual(["order grid mp4", "remove grid.mp4"]);
    expect(model.said.value).toBe("Grid, MP4: given up");
    expect(model.films.value).toEqual([]);
  });

  test("say why they cannot be had", async () => {
    const model = new FilmsModel(server("rate_limited", "unavailable", []));
    await model.look();
    expect(model.problem.value).toBe("Too many films wait to be made. Try again later.");
    await model.look();
    expect(model.problem.value).toBe("The server does not answer. Try again in a moment.");
    await model.look();
    expect(model.problem.value).toBe("");
  });

  test("say why one is not made until another is asked for", async () => {
    const asked = server([GRID]);
    const full = () => Promise.reject(Object.assign(new Error(), { code: "rate_limited" }));
    const model = new FilmsModel({ ...asked, order: full });
    await model.order("speaker", "mp4");
    await model.look();
    expect(model.problem.value).toBe("Too many films wait to be made. Try again later.");
    await model.remove(GRID);
    expect(model.problem.value).toBe("");
  });
});
