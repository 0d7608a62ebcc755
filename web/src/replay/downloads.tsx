/** What can be taken along: films that were made, and the files of every track. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { type Film, filmName, sizeWords } from "../films/film";
import { Dialog } from "../room/dialog";
import { visibleName } from "../room/names";
import { Glyph } from "./icons";
import type { ReplayModel } from "./replay_model";

const SOURCES: Record<string, string> = {
  microphone: "microphone",
  camera: "camera",
  screen: "screen",
  screen_audio: "screen's sound",
};

export function Downloads({ model, onClose }: { model: ReplayModel; onClose: () => void }): JSX.Element {
  const films = useSignal<readonly Film[]>([]);
  useEffect(() => {
    model.files.films.list().then(
      (found) => {
        films.value = found.filter(({ state }) => state === "finished");
      },
      () => {}, // there are the tracks
    );
  }, [model]);
  return (
    <Dialog title="Download" onClose={onClose}>
      <div class="stack downloads">
        {films.value.length > 0 && (
          <section aria-label="Films">
            <h3>One film of all</h3>
            <ul>
              {films.value.map((film) => (
                <Row
                  key={film.id}
                  href={model.files.films.url(film.id)}
                  title={filmName(film)}
                  bytes={film.bytes ?? 0}
                />
              ))}
            </ul>
          </section>
        )}
        <section aria-label="Tracks">
          <h3>As it was sent</h3>
          <ul>
            {model.manifest.tracks.flatMap((track) =>
              track.files.map((file) => (
                <Row
                  key={file.name}
                  href={model.files.url(file.name, true)}
                  title={`${visibleName(track.name) || "Somebody"} – ${SOURCES[track.source] ?? track.source}`}
                  bytes={file.bytes}
                />
              )),
            )}
            <Row
              href={model.files.url("journal.jsonl", true)}
              title="What happened, as JSON lines"
              bytes={0}
            />
          </ul>
        </section>
      </div>
    </Dialog>
  );
}

function Row({ href, title, bytes }: { href: string; title: string; bytes: number }): JSX.Element {
  return (
    <li>
      <a href={href} download="">
        <Glyph name="download" />
        <bdi class="clipped">{title}</bdi>
        {bytes > 0 && <span class="muted">{sizeWords(bytes)}</span>}
      </a>
    </li>
  );
}
