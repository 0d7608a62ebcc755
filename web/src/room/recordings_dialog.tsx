/** The recordings of the room: to watch, to give a link to, to delete. Loaded when it is first opened. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { type Meeting, RequestError } from "../client";
import { Dialog } from "./dialog";
import { copyText } from "./invitation";
import "./style/recordings.css";

interface Recording {
  id: string;
  state: "recording" | "finishing" | "finished" | "interrupted" | "failed";
  started_by: { identity: string; name: string };
  started_at: number;
  duration_ms: number;
  bytes: number;
}

const STATE_WORDS: Record<Recording["state"], string> = {
  recording: "being recorded",
  finishing: "being saved",
  finished: "",
  interrupted: "cut off",
  failed: "nothing was recorded",
};

/** While one is being saved, how often to look. */
const LOOK_MS = 2_000;

export default function RecordingsDialog(props: { meeting: Meeting; onClose: () => void }): JSX.Element {
  const { meeting } = props;
  const recordings = useSignal<Recording[] | null>(null);
  const words = useSignal("");
  const look = async () => {
    const path = `/api/v1/rooms/${encodeURIComponent(meeting.room?.name ?? "")}/recordings`;
    const { recordings: found } = (await (await meeting.http(path)).json()) as { recordings: Recording[] };
    recordings.value = found;
  };
  const attempt = (act: () => Promise<void>) => {
    words.value = "";
    act().catch((error: unknown) => {
      words.value = error instanceof RequestError ? `That did not work: ${error.message}.` : "No connection.";
    });
  };
  const saving = recordings.value?.some(({ state }) => state === "recording" || state === "finishing");
  useEffect(() => attempt(look), []);
  useEffect(() => {
    if (!saving) return;
    const timer = setInterval(() => attempt(look), LOOK_MS);
    return () => clearInterval(timer);
  }, [saving]);
  return (
    <Dialog title="Recordings" onClose={props.onClose}>
      {recordings.value?.length === 0 && <p class="faint">There are none of this room yet.</p>}
      <ul class="recordings">
        {recordings.value?.map((one) => (
          <Row
            key={one.id}
            recording={one}
            onWatch={() => attempt(() => watch(meeting, one.id))}
            onCopy={() =>
              attempt(async () => {
                words.value = await copyLink(meeting, one.id);
              })
            }
            onDelete={() =>
              attempt(async () => {
                await meeting.http(`/api/v1/recordings/${one.id}`, { method: "DELETE" });
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

function Row(props: {
  recording: Recording;
  onWatch: () => void;
  onCopy: () => void;
  onDelete: () => void;
}): JSX.Element {
  const { recording } = props;
  const sure = useSignal(false);
  const began = new Date(recording.started_at);
  const title = began.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  const over = recording.state === "finished" || recording.state === "interrupted";
  const facts = [
    lasting(recording.duration_ms),
    over ? size(recording.bytes) : "",
    recording.started_by.name,
    STATE_WORDS[recording.state],
  ];
  return (
    <li>
      <div>
        <strong>{title}</strong>
        <span class="faint">{facts.filter((fact) => fact !== "").join(" · ")}</span>
      </div>
      <span>
        {over && (
          <>
            <button
              type="button"
              class="button quiet small"
              aria-label={`Watch ${title}`}
              onClick={props.onWatch}
            >
              Watch
            </button>
            <button
              type="button"
              class="button quiet small"
              aria-label={`Copy a link to ${title}`}
              onClick={props.onCopy}
            >
              Copy link
            </button>
          </>
        )}
        {(over || recording.state === "failed") && (
          <button
            type="button"
            class={sure.value ? "button danger small" : "button quiet small"}
            aria-label={sure.value ? `Delete ${title} for good` : `Delete ${title}`}
            onBlur={() => {
              sure.value = false;
            }}
            onClick={() => {
              if (sure.peek()) props.onDelete();
              sure.value = !sure.peek();
            }}
          >
            {sure.value ? "Really delete" : "Delete"}
          </button>
        )}
      </span>
    </li>
  );
}

/** Opens its replay in a page of its own. */
export async function watch(meeting: Meeting, recording: string): Promise<void> {
  // Opened within the click: a window that opens later is taken for an advertisement.
  const page = window.open("", "_blank");
  try {
    const response = await meeting.http(`/api/v1/recordings/${recording}`);
    const { token } = (await response.json()) as { token: string };
    if (page) page.location.href = `/replay/${recording}#token=${token}`;
  } catch (error) {
    page?.close();
    throw error;
  }
}

/** What to say about it: the link itself where the browser does not let a page copy. */
async function copyLink(meeting: Meeting, recording: string): Promise<string> {
  const response = await meeting.http(`/api/v1/recordings/${recording}/links`, { method: "POST" });
  const { url } = (await response.json()) as { url: string };
  return (await copyText(url)) ? "Copied: whoever has the link can watch it for 7 days." : url;
}

function lasting(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes >= 60
    ? `${Math.floor(minutes / 60)} h ${minutes % 60} min`
    : minutes > 0
      ? `${minutes} min`
      : `${seconds} s`;
}

function size(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}
