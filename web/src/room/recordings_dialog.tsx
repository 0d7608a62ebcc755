/** The recordings of the room: to watch, to give a link to, to make films of, to delete. Loaded when first opened. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { type Meeting, RequestError } from "../client";
import { sizeWords } from "../films/film";
import type { FilmRequests } from "../films/film_requests";
import FilmsDialog, { SureButton } from "../films/films_dialog";
import { Dialog } from "./dialog";
import { Icon } from "./icons";
import { copyText } from "./invitation";
import { lengthWords, problemWords, startWords, stateWords } from "./recording_words";
import {
  deleteRecording,
  filmsOf,
  isThere,
  isUnderWay,
  LOOK_MS,
  linkTo,
  listRecordings,
  type RoomRecording,
  watch,
} from "./recordings";
import "./style/recordings.css";

export interface RecordingsDialogProps {
  meeting: Meeting;
  /** The recording of which a film is to be made at once; "" for none. */
  film: string;
  onClose: () => void;
}

export default function RecordingsDialog({
  meeting,
  film,
  onClose,
}: RecordingsDialogProps): JSX.Element | null {
  const recordings = useSignal<RoomRecording[] | null>(null);
  const filming = useSignal<{ requests: FilmRequests; of: string } | null>(null);
  const words = useSignal("");
  const look = async () => {
    recordings.value = await listRecordings(meeting);
  };
  const attempt = (act: () => Promise<void>) => {
    words.value = "";
    act().catch((error: unknown) => {
      words.value = error instanceof RequestError ? `That did not work: ${error.message}.` : "No connection.";
    });
  };
  const makeFilm = async (id: string) => {
    const found = recordings.peek()?.find((one) => one.id === id);
    filming.value = {
      requests: await filmsOf(meeting, id),
      of: found ? `the recording of ${startWords(found)}` : "the recording",
    };
  };
  const saving = recordings.value?.some(isUnderWay);
  const begin = async () => {
    await look();
    if (film !== "") await makeFilm(film);
  };
  useEffect(() => attempt(begin), []);
  useEffect(() => {
    if (!saving) return;
    // What was said stays: a link to copy by hand, or why something did not work.
    const timer = setInterval(() => void look().catch(() => {}), LOOK_MS);
    return () => clearInterval(timer);
  }, [saving]);
  if (filming.value)
    return (
      <FilmsDialog
        {...filming.value}
        onClose={() => {
          filming.value = null;
          if (film !== "") onClose();
        }}
      />
    );
  if (film !== "" && words.value === "") return null;
  return (
    <Dialog title="Recordings" onClose={onClose}>
      {recordings.value?.length === 0 && <p class="faint">There are none of this room yet.</p>}
      <ul class="recordings">
        {recordings.value?.map((one) => (
          <Row
            key={one.id}
            recording={one}
            onWatch={() => attempt(() => watch(meeting, one.id))}
            onCopy={() =>
              attempt(async () => {
                const url = await linkTo(meeting, one.id);
                // The link itself where the browser does not let a page copy.
                words.value = (await copyText(url))
                  ? "Copied: whoever has the link can watch it for 7 days."
                  : url;
              })
            }
            onFilm={() => attempt(() => makeFilm(one.id))}
            onDelete={() =>
              attempt(async () => {
                await deleteRecording(meeting, one.id);
                await look();
              })
            }
          />
        ))}
      </ul>
      <p role="status" class="recordings-said">
        {words.value}
      </p>
    </Dialog>
  );
}

interface RowProps {
  recording: RoomRecording;
  onWatch: () => void;
  onCopy: () => void;
  onFilm: () => void;
  onDelete: () => void;
}

function Row({ recording, onWatch, onCopy, onFilm, onDelete }: RowProps): JSX.Element {
  const title = startWords(recording);
  const there = isThere(recording);
  const facts = [
    lengthWords(recording.duration_ms),
    there ? sizeWords(recording.bytes) : "",
    recording.started_by.name,
    stateWords(recording.state),
  ];
  const problems = problemWords(recording.problems);
  return (
    <li>
      <div class="recording-facts">
        <strong>{title}</strong>
        <span class="faint">{facts.filter((fact) => fact !== "").join(" · ")}</span>
        {problems !== "" && (
          <span class="recording-problems">
            <Icon name="warning" />
            {problems}
          </span>
        )}
      </div>
      <div class="recording-acts" hidden={isUnderWay(recording)}>
        {there && (
          <>
            <button type="button" class="button small" aria-label={`Watch ${title}`} onClick={onWatch}>
              <Icon name="film" />
              Watch
            </button>
            <button
              type="button"
              class="button quiet small"
              aria-label={`Copy link to ${title}`}
              onClick={onCopy}
            >
              Copy link
            </button>
            <button
              type="button"
              class="button quiet small"
              aria-label={`Make a film of ${title}`}
              onClick={onFilm}
            >
              Make a film
            </button>
          </>
        )}
        {(there || recording.state === "failed") && (
          <SureButton words="Delete" of={title} sureWords="Really delete" onSure={onDelete} />
        )}
      </div>
    </li>
  );
}
