/** The pictures: people in a grid, or beside what is shared. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Avatar } from "../room/avatar";
import { Icon } from "../room/icons";
import { type Box, gridRects, type Rect, stageRects, stripCapacity } from "../room/layout";
import { visibleName } from "../room/names";
import { textOf } from "./journal";
import { fileAt, type RecordedTrack } from "./manifest";
import { MarksOver } from "./marks_over";
import type { MeetingState } from "./meeting_state";
import { noMoreWords } from "./problem_words";
import type { ReplayModel } from "./replay_model";

interface Shown {
  readonly key: string;
  readonly kind: "camera" | "screen";
  readonly participant: string;
  readonly identity: string;
  readonly name: string;
  readonly track: RecordedTrack | null;
  readonly live: boolean;
  readonly speaks: boolean;
  readonly hand: boolean;
}

const EMPTY: Box = { width: 0, height: 0 };

export function Stage({ model }: { model: ReplayModel }): JSX.Element {
  const place = useRef<HTMLElement>(null);
  const box = useSignal(EMPTY);
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    const measure = () => {
      box.value = { width: element.clientWidth, height: element.clientHeight };
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  const shown = shownIn(model, model.meeting.value);
  const large =
    shown.find(({ key }) => key === model.large.value) ?? shown.find(({ kind }) => kind === "screen");
  const problem = model.reachability.problem.value;
  const placed = arranged(shown, large, box.value);
  return (
    <section class="replay-stage" ref={place} aria-label="Pictures">
      {placed.map(([tile, rect]) => (
        <Tile key={tile.key} model={model} tile={tile} rect={rect} isLarge={tile === large} />
      ))}
      {shown.length === 0 && <p class="muted nobody">Nobody is here at this moment.</p>}
      <Voices model={model} />
      {problem !== null && (
        <p class="no-more" role="alert">
          {noMoreWords(problem)}
        </p>
      )}
      {model.waiting.value && problem === null && <span class="wait" role="status" aria-label="Loading" />}
    </section>
  );
}

function arranged(shown: readonly Shown[], large: Shown | undefined, box: Box): [Shown, Rect][] {
  if (!large || shown.length === 1) {
    const rects = gridRects(shown.length, box);
    return shown.flatMap((tile, index) => (rects[index] ? [[tile, rects[index]] as [Shown, Rect]] : []));
  }
  const others = shown.filter((tile) => tile !== large).slice(0, stripCapacity(box, large.kind));
  const { stage, strip } = stageRects(others.length, box, large.kind);
  const small = others.flatMap((tile, index) =>
    strip[index] ? [[tile, strip[index]] as [Shown, Rect]] : [],
  );
  return [[large, stage], ...small];
}

/** Screens first, then everybody in the order they came. */
function shownIn(model: ReplayModel, state: MeetingState): Shown[] {
  const atMs = model.shownMs.value;
  const recorded = new Map(model.manifest.tracks.map((track) => [track.id, track]));
  const tracks = [...state.tracks.values()];
  const isLive = (track: RecordedTrack | null, muted: boolean) =>
    track !== null && !muted && fileAt(track.files, atMs) !== null;
  const screens = tracks
    .filter(({ source }) => source === "screen")
    .map(({ id, participant, muted }): Shown => {
      const [person, track] = [model.people.get(participant), recorded.get(id) ?? null];
      const name = `${visibleName(person?.name ?? "Somebody")} – screen`;
      const facts = { key: id, kind: "screen" as const, participant, identity: person?.identity ?? "" };
      return { ...facts, name, track, live: isLive(track, muted), speaks: false, hand: false };
    });
  const people = [...state.people.values()].map((person): Shown => {
    const camera = tracks.find((one) => one.source === "camera" && one.participant === person.id);
    const track = (camera && recorded.get(camera.id)) ?? null;
    return {
      key: person.id,
      kind: "camera",
      participant: person.id,
      identity: person.identity,
      name: visibleName(person.name),
      track,
      live: isLive(track, camera?.muted ?? true),
      speaks: state.speakers.includes(person.id),
      hand: person.hand,
    };
  });
  return [...screens, ...people];
}

interface TileProps {
  model: ReplayModel;
  tile: Shown;
  rect: Rect;
  isLarge: boolean;
}

function Tile({ model, tile, rect, isLarge }: TileProps): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const { track } = tile;
  useEffect(() => (video.current && track ? model.attach(video.current, track) : undefined), [model, track]);
  const style = {
    transform: `translate(${rect.x}px, ${rect.y}px)`,
    width: `${rect.width}px`,
    height: `${rect.height}px`,
  };
  const chosen = model.large.value === tile.key;
  const classes = ["tile", tile.kind, tile.live && "live", tile.speaks && "speaking"]
    .filter(Boolean)
    .join(" ");
  const label = [tile.name, tile.speaks && "speaks", tile.hand && "hand raised", !tile.live && "no picture"];
  const emojis = model.reactions.value.filter((line) => textOf(line, "participant") === tile.participant);
  return (
    <div class={classes} style={style}>
      <button
        type="button"
        class="tile-face"
        aria-label={label.filter(Boolean).join(", ")}
        aria-pressed={chosen}
        title={chosen ? "Back to all" : "Show large"}
        onClick={() => {
          model.large.value = chosen ? null : tile.key;
        }}
      >
        {track && <video ref={video} muted playsInline preload="auto" disableRemotePlayback />}
        {!tile.live && (
          <span class="blank">
            <Avatar name={tile.name} identity={tile.identity} />
          </span>
        )}
        {tile.kind === "screen" && track && tile.live && (
          <MarksOver model={model} track={track.id} video={video} />
        )}
        <span class="tag">
          {tile.kind === "screen" && <Icon name="screen" />}
          <bdi class="clipped">{tile.name}</bdi>
          {tile.hand && <Icon name="hand" />}
        </span>
        {tile.kind === "camera" && emojis.length > 0 && (
          <span class={isLarge ? "emojis large" : "emojis"} aria-hidden="true">
            {emojis.slice(-3).map((line) => (
              <span key={line.at_ms}>{textOf(line, "emoji")}</span>
            ))}
          </span>
        )}
      </button>
    </div>
  );
}

/** Every voice, whoever is shown. */
function Voices({ model }: { model: ReplayModel }): JSX.Element {
  const voices = model.manifest.tracks.filter(({ kind, files }) => kind === "audio" && files.length > 0);
  return (
    <>
      {voices.map((track) => (
        <Voice key={track.id} model={model} track={track} />
      ))}
    </>
  );
}

function Voice({ model, track }: { model: ReplayModel; track: RecordedTrack }): JSX.Element {
  const audio = useRef<HTMLAudioElement>(null);
  useEffect(() => (audio.current ? model.attach(audio.current, track) : undefined), [model, track]);
  // biome-ignore lint/a11y/useMediaCaption: nothing was captioned
  return <audio ref={audio} preload="auto" />;
}
