/** One tile. */

import { useComputed, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Avatar } from "./avatar";
import { Icon } from "./icons";
import type { OverPictures } from "./over_pictures";
import { Floats } from "./reactions";
import type { Place, TileModel } from "./tile_model";
import { watchingWords } from "./words";

export interface TileProps {
  tile: TileModel;
  over: OverPictures | null;
  onPin: (tile: TileModel) => void;
  onFullscreen: (tile: TileModel, element: HTMLElement) => void;
  /** The video element begins or ceases to be that tile's. */
  onVideo: (tile: TileModel, video: HTMLVideoElement | null) => void;
}

export function Tile({ tile, over, onPin, onFullscreen, onVideo }: TileProps): JSX.Element {
  const root = useRef<HTMLLIElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  useLayoutEffect(() => {
    const element = video.current;
    if (element) {
      // The attribute alone does not mute an element made by script.
      element.muted = true;
      onVideo(tile, element);
    }
    return () => onVideo(tile, null);
  }, [tile, onVideo]);
  useSignalEffect(() => {
    const element = video.current;
    const stream = tile.stream.value;
    if (element && element.srcObject !== stream) element.srcObject = stream;
  });
  useSignalEffect(() => {
    const place = tile.place.value;
    if (root.current && place) Object.assign(root.current.style, styleOf(place));
  });
  const className = useComputed(() => {
    const names = ["tile", tile.kind];
    if (tile.own) names.push("own");
    if (tile.live.value) names.push("live");
    if (tile.speaking.value) names.push("speaking");
    if (tile.pinned.value) names.push("pinned");
    return names.join(" ");
  });
  const label = useComputed(() => describe(tile));
  // Only the first time: where it is made a tile stands at its place and does not fly there.
  const [first] = useState(() => styleOf(tile.place.peek()));
  return (
    <li ref={root} class={className} aria-label={label} style={first} onDblClick={() => onPin(tile)}>
      <video ref={video} autoplay playsInline muted tabIndex={-1} aria-hidden="true" />
      <Blank tile={tile} />
      {over && <over.Surface tile={tile} video={video} />}
      <Marks tile={tile} />
      <Floats tile={tile} />
      <div class="corner">
        {over && <over.Buttons tile={tile} />}
        {tile.kind === "screen" && (
          <button
            type="button"
            class="tile-button"
            aria-label={`${tile.name.peek()} in full screen`}
            onClick={() => root.current && onFullscreen(tile, root.current)}
          >
            <Icon name="fullscreen" />
          </button>
        )}
        <PinButton tile={tile} onPin={onPin} />
      </div>
    </li>
  );
}

function Blank({ tile }: { tile: TileModel }): JSX.Element | null {
  if (tile.live.value) return null;
  return (
    <div class="blank">
      {tile.kind === "camera" && <Avatar name={tile.name.value} identity={tile.identity.value} />}
      {tile.words.value !== "" && <p>{tile.words.value}</p>}
    </div>
  );
}

function Marks({ tile }: { tile: TileModel }): JSX.Element {
  const bars = tile.bars.value;
  return (
    <>
      {tile.hand.value && (
        <span class="hand">
          <Icon name="hand" />
        </span>
      )}
      <p class="tag">
        {tile.muted.value && (
          <span class="mic-off">
            <Icon name="microphoneOff" />
          </span>
        )}
        <bdi class="clipped">{tile.own ? "You" : tile.name.value}</bdi>
        {tile.watching.value > 1 && (
          <span class="watching" title={watchingWords(tile.watching.value)}>
            <Icon name="eye" />
            {tile.watching.value}
          </span>
        )}
        {bars !== null && (
          <span class={`bars q${bars}`} title={BARS[bars]}>
            <span />
            <span />
            <span />
          </span>
        )}
      </p>
    </>
  );
}

function PinButton({ tile, onPin }: { tile: TileModel; onPin: (tile: TileModel) => void }): JSX.Element {
  const pinned = tile.pinned.value;
  const who = tile.own ? "your picture" : tile.name.value;
  return (
    <button
      type="button"
      class="tile-button"
      aria-pressed={pinned}
      aria-label={`Pin ${who}`}
      title={pinned ? "Unpin" : "Pin"}
      onClick={() => onPin(tile)}
    >
      <Icon name={pinned ? "unpin" : "pin"} />
    </button>
  );
}

function styleOf(place: Place | null): Record<string, string> {
  const { x, y, width, height } = place ?? { x: 0, y: 0, width: 0, height: 0 };
  return { width: `${width}px`, height: `${height}px`, transform: `translate(${x}px, ${y}px)` };
}

const BARS = { 1: "Poor connection", 2: "Fair connection", 3: "Good connection" };

/** The tile as a screen reader says it. */
function describe(tile: TileModel): string {
  const said = [tile.own ? "You" : tile.name.value];
  if (tile.kind === "camera") {
    said.push(tile.muted.value ? "muted" : "microphone on");
    if (!tile.live.value) said.push("no picture");
  }
  if (tile.words.value !== "") said.push(tile.words.value);
  if (tile.watching.value > 1) said.push(watchingWords(tile.watching.value));
  if (tile.hand.value) said.push("hand raised");
  if (tile.bars.value === 1) said.push("poor connection");
  return said.join(", ");
}
