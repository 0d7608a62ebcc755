/** What can be taken along: films that were made, and the files of every track. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Dialog } from "../room/dialog";
import { visibleName } from "../room/names";
import { Glyph } from "./icons";
import type { Film } from "./recording_files";
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
    model.files.films().then(
      (made) => {
        films.value = made;
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
              {films.value.map(({ id, layout, format, bytes }) => (
                <Row
                  key={id}
                  href={model.files.filmUrl(id)}
                  title={`${LAYOUTS[layout] ?? layout}, ${format.toUpperCase()}`}
                  bytes={bytes ?? 0}
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

const LAYOUTS: Record<string, string> = {
  grid: "Everybody in a grid",
  speaker: "The speaker large",
  "screen+speaker": "Screen and speaker",
};

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

export function sizeWords(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let [size, at] = [bytes, 0];
  for (; size >= 1000 && at < units.length - 1; at += 1) size /= 1000;
  return `${size < 10 && at > 0 ? size.toFixed(1) : Math.round(size)} ${units[at]}`;
}
