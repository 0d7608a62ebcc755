/** Play, time, speed, and the line of time with who spoke when. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Icon } from "../room/icons";
import { avatarColour, visibleName } from "../room/names";
import { chapterAt } from "./chapters";
import { Glyph } from "./icons";
import { RATES, type ReplayModel } from "./replay_model";
import { clockWords, spokenTime } from "./times";

/** More rows than these would be a wall. */
const MOST_ROWS = 6;
const SKIP_MS = 10_000;

export function Transport({ model }: { model: ReplayModel }): JSX.Element {
  const playing = model.playing.value;
  return (
    <section class="transport" aria-label="Player">
      <TimeLine model={model} />
      <div class="controls">
        <button
          type="button"
          class="button quiet icon-only"
          aria-label="Back 10 seconds"
          title="Back 10 seconds (j)"
          onClick={() => model.skip(-SKIP_MS)}
        >
          <Glyph name="back" />
        </button>
        <button
          type="button"
          class="button primary icon-only play"
          aria-label={playing ? "Pause" : "Play"}
          title={playing ? "Pause (space)" : "Play (space)"}
          onClick={() => model.toggle()}
        >
          <Glyph name={playing ? "pause" : "play"} />
        </button>
        <button
          type="button"
          class="button quiet icon-only"
          aria-label="Forward 10 seconds"
          title="Forward 10 seconds (l)"
          onClick={() => model.skip(SKIP_MS)}
        >
          <Glyph name="forward" />
        </button>
        <p class="time">
          <span>{clockWords(model.shownMs.value)}</span>
          <span class="muted"> / {clockWords(model.endMs)}</span>
        </p>
        <p class="chapter muted clipped">{model.chapter.value?.title}</p>
        <Speed model={model} />
        <Loudness model={model} />
        <CopyLink model={model} />
        <button
          type="button"
          class="button quiet icon-only wide-only"
          aria-label="Full screen"
          title="Full screen (f)"
          onClick={toggleFullscreen}
        >
          <Icon name="fullscreen" />
        </button>
      </div>
    </section>
  );
}

export function toggleFullscreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}

function TimeLine({ model }: { model: ReplayModel }): JSX.Element {
  const pointed = useSignal<number | null>(null);
  const { endMs, chapters } = model;
  const share = (ms: number) => `${(100 * ms) / endMs}%`;
  const atMs = model.shownMs.value;
  const speaking = model.meeting.value.speakers
    .map((one) => model.people.get(one)?.name)
    .filter((name) => name !== undefined);
  const spoken = [
    `${spokenTime(atMs)} of ${spokenTime(endMs)}`,
    model.chapter.value?.title,
    speaking.length > 0 && `${speaking.join(", ")} ${speaking.length > 1 ? "speak" : "speaks"}`,
  ];
  return (
    <div class="time-line">
      <div
        class="track"
        onPointerMove={(event) => {
          const { left, width } = event.currentTarget.getBoundingClientRect();
          pointed.value = Math.min(1, Math.max(0, (event.clientX - left) / width)) * endMs;
        }}
        onPointerLeave={() => {
          pointed.value = null;
        }}
      >
        <div class="rail" aria-hidden="true">
          <div class="passed" style={{ width: share(atMs) }} />
          {chapters.slice(1).map(({ atMs: at, title }) => (
            <span key={`${at} ${title}`} class="stop" style={{ left: share(at) }} />
          ))}
        </div>
        <input
          type="range"
          min={0}
          max={endMs}
          step={100}
          value={Math.round(atMs)}
          aria-label="Moment"
          aria-valuetext={spoken.filter(Boolean).join(", ")}
          onInput={(event) => model.seek(Number(event.currentTarget.value))}
          onChange={() => model.remember()}
        />
        {pointed.value !== null && (
          <span class="pointed" style={{ left: share(pointed.value) }} aria-hidden="true">
            {clockWords(pointed.value)} {chapterAt(chapters, pointed.value)?.title}
          </span>
        )}
      </div>
      <Speeches model={model} share={share} />
    </div>
  );
}

/** Who spoke when. The slider says it, too, to who does not see it. */
function Speeches({
  model,
  share,
}: {
  model: ReplayModel;
  share: (ms: number) => string;
}): JSX.Element | null {
  const rows = [...model.speeches].slice(0, MOST_ROWS);
  if (rows.length === 0) return null;
  const speakers = model.meeting.value.speakers;
  return (
    <div class="speeches" aria-hidden="true">
      {rows.map(([participant, speeches]) => {
        const person = model.people.get(participant);
        const colour = `c${avatarColour(person?.identity ?? "")}`;
        return (
          <div key={participant} class={speakers.includes(participant) ? "row-of now" : "row-of"}>
            <span class="who clipped">{visibleName(person?.name ?? "")}</span>
            <span class="lane">
              {speeches.map(({ fromMs, toMs }) => (
                // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the pointer; the slider is for keys
                // biome-ignore lint/a11y/useKeyWithClickEvents: the same
                <span
                  key={fromMs}
                  class={`speech ${colour}`}
                  style={{ left: share(fromMs), width: share(Math.max(toMs - fromMs, 1)) }}
                  onClick={() => model.seek(fromMs)}
                />
              ))}
              <span class="needle" style={{ left: share(model.shownMs.value) }} />
            </span>
          </div>
        );
      })}
    </div>
  );
}

function Speed({ model }: { model: ReplayModel }): JSX.Element {
  return (
    <select
      class="select speed"
      aria-label="Speed"
      title="Speed (< and >)"
      value={String(model.rate.value)}
      onChange={(event) => model.setRate(Number(event.currentTarget.value))}
    >
      {RATES.map((rate) => (
        <option key={rate} value={String(rate)}>
          {rate}×
        </option>
      ))}
    </select>
  );
}

function Loudness({ model }: { model: ReplayModel }): JSX.Element {
  const muted = model.muted.value;
  return (
    <span class="loudness">
      <button
        type="button"
        class="button quiet icon-only"
        aria-label="Sound"
        aria-pressed={!muted}
        title={muted ? "Sound on (m)" : "Sound off (m)"}
        onClick={() => {
          model.muted.value = !muted;
        }}
      >
        {muted ? <Glyph name="muted" /> : <Icon name="volume" />}
      </button>
      <input
        class="wide-only"
        type="range"
        min={0}
        max={1}
        step={0.05}
        value={muted ? 0 : model.volume.value}
        aria-label="Volume"
        onInput={(event) => {
          model.muted.value = false;
          model.volume.value = Number(event.currentTarget.value);
        }}
      />
    </span>
  );
}

function CopyLink({ model }: { model: ReplayModel }): JSX.Element {
  const copied = useSignal(false);
  const copy = async () => {
    const link = model.remember();
    try {
      await navigator.clipboard.writeText(link);
      model.said.value = "The link to this moment was copied";
    } catch {
      model.said.value = "The link to this moment stands in the address bar";
    }
    copied.value = true;
    setTimeout(() => {
      copied.value = false;
    }, 2_000);
  };
  return (
    <button
      type="button"
      class="button quiet icon-only"
      aria-label="Copy a link to this moment"
      title="Copy a link to this moment"
      onClick={() => void copy()}
    >
      <Icon name={copied.value ? "check" : "link"} />
    </button>
  );
}
