/** The page of a replay. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Icon } from "../room/icons";
import { lazily } from "../room/lazy";
import { visibleName } from "../room/names";
import { keptFilmsToken, readAddress } from "./address";
import { Downloads } from "./downloads";
import { exposeReplay } from "./exposed_replay";
import { Glyph } from "./icons";
import { onKey } from "./keys";
import { UNREACHABLE, WHY_NOT_LOADED } from "./problem_words";
import { NotLoaded, RecordingFiles } from "./recording_files";
import { ReplayModel } from "./replay_model";
import { SidePanel } from "./side";
import { Stage } from "./stage";
import { Transport } from "./transport";

const FilmsDialog = lazily(() => import("../films/films_dialog").then((part) => part.default));

type Loaded =
  | { state: "loading" }
  | { state: "failed"; code: string }
  | { state: "there"; model: ReplayModel };

export function ReplayPage(): JSX.Element {
  const loaded = useSignal<Loaded>({ state: "loading" });
  const load = async () => {
    loaded.value = { state: "loading" };
    try {
      const address = readAddress(location);
      const filmsToken = keptFilmsToken(
        address,
        () => sessionStorage,
        (link) => history.replaceState(history.state, "", link),
      );
      const files = new RecordingFiles(address.recording, address.token, filmsToken);
      const [manifest, journal] = await Promise.all([files.manifest(), files.journal()]);
      const model = new ReplayModel(manifest, journal, files, address);
      exposeReplay(model);
      loaded.value = { state: "there", model };
    } catch (error) {
      loaded.value = { state: "failed", code: error instanceof NotLoaded ? error.code : "unavailable" };
    }
  };
  useEffect(() => {
    void load();
  }, []);
  const now = loaded.value;
  if (now.state === "there") return <Replay model={now.model} />;
  return (
    <main class="replay-note">
      {now.state === "loading" ? (
        <p role="status">Loading the recording…</p>
      ) : (
        <>
          <h1>{(WHY_NOT_LOADED[now.code] ?? UNREACHABLE)[0]}</h1>
          <p class="muted">{(WHY_NOT_LOADED[now.code] ?? UNREACHABLE)[1]}</p>
          <button type="button" class="button" onClick={() => void load()}>
            Try again
          </button>
        </>
      )}
    </main>
  );
}

function Replay({ model }: { model: ReplayModel }): JSX.Element {
  const open = useSignal<"downloads" | "film" | null>(null);
  const close = () => {
    open.value = null;
  };
  useEffect(() => {
    model.open();
    const keys = (event: KeyboardEvent) => onKey(model, event);
    const moved = () => model.goToAddress();
    addEventListener("keydown", keys);
    addEventListener("hashchange", moved);
    document.title = `${titleOf(model)} – Sfumato`;
    return () => {
      model.close();
      removeEventListener("keydown", keys);
      removeEventListener("hashchange", moved);
    };
  }, [model]);
  const { state } = model.manifest;
  const beside = model.topics.length > 0 || model.messages.length > 0 || model.chapters.length > 1;
  return (
    <main class={beside ? "replay" : "replay alone"}>
      <header class="replay-head">
        <div class="what">
          <h1 class="clipped">{titleOf(model)}</h1>
          <p class="muted clipped">
            {whenWords(model.manifest.started_at)}
            {state === "recording" && " · still being recorded"}
            {state === "interrupted" && " · was interrupted"}
          </p>
        </div>
        <div class="row">
          {model.files.mayMakeFilms && (
            <HeadButton
              icon={<Icon name="film" />}
              words="Make a film…"
              onClick={() => (open.value = "film")}
            />
          )}
          <HeadButton
            icon={<Glyph name="download" />}
            words="Download"
            onClick={() => (open.value = "downloads")}
          />
        </div>
      </header>
      <Stage model={model} />
      <Transport model={model} />
      {beside && <SidePanel model={model} />}
      <p class="unseen" role="status" aria-live="polite">
        {model.said.value}
      </p>
      {open.value === "downloads" && <Downloads model={model} onClose={close} />}
      {open.value === "film" && <FilmsDialog requests={model.files.films} onClose={close} />}
    </main>
  );
}

interface HeadButtonProps {
  icon: JSX.Element;
  words: string;
  onClick: () => void;
}

/** Its words are there for who sees them where there is room. */
function HeadButton({ icon, words, onClick }: HeadButtonProps): JSX.Element {
  return (
    <button type="button" class="button quiet" title={words} onClick={onClick}>
      {icon}
      <span class="wide-only">{words}</span>
      <span class="unseen narrow-only">{words}</span>
    </button>
  );
}

function titleOf({ manifest: { about } }: ReplayModel): string {
  return visibleName(about.title || about.room || "Recording");
}

function whenWords(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" });
}
