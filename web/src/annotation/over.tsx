/** Marks and remote control over the pictures of a meeting. */

import type { JSX } from "preact";
import { Glyph } from "../room/glyphs";
import type { MeetingRoomProps } from "../room/meeting_room";
import type { OverPictures } from "../room/over_pictures";
import type { TileModel } from "../room/tile_model";
import { Desk } from "./desk";
import { exposeOver } from "./exposed_over";
import { isMirrored, OverModel } from "./over_model";
import { Surface } from "./surface";
import "./annotation.css";

const known = new WeakMap<MeetingRoomProps["meeting"], OverPictures>();

/** The same for a meeting, however often it is drawn anew. */
export function overPictures(props: MeetingRoomProps): OverPictures {
  let parts = known.get(props.meeting);
  if (!parts) {
    const over = new OverModel(props);
    exposeOver(over);
    parts = {
      Surface: ({ tile, video }) => {
        const track = tile.track.value;
        // A picture that pauses for a moment interrupts nobody.
        const busy = over.drawingOn.value === tile.key || over.held.value?.track === track;
        if (track === null || !(tile.live.value || busy)) return null;
        return (
          <Surface
            key={track}
            over={over}
            pictureKey={tile.key}
            track={track}
            video={video}
            mirrored={isMirrored(tile)}
            label={tile.own ? "your picture" : tile.name.value}
          />
        );
      },
      Buttons: ({ tile }) => <Buttons over={over} tile={tile} />,
      Desk: () => <Desk over={over} />,
    };
    known.set(props.meeting, parts);
  }
  return parts;
}

function Buttons({ over, tile }: { over: OverModel; tile: TileModel }): JSX.Element | null {
  const track = tile.track.value;
  const drawing = over.drawingOn.value === tile.key;
  if (track === null || !(tile.live.value || drawing)) return null;
  const what = tile.own ? "your picture" : tile.name.value;
  const mayAsk =
    tile.kind === "screen" &&
    over.mayControl.value &&
    over.held.value?.track !== track &&
    !over.asking.value.has(track);
  return (
    <>
      {mayAsk && (
        <button
          type="button"
          class="tile-button"
          aria-label={`Ask to control ${what}`}
          title="Ask for control"
          onClick={() => {
            over.askingFor.value = tile;
          }}
        >
          <Glyph name="control" />
        </button>
      )}
      {over.mayAnnotate.value && over.held.value?.track !== track && (
        <button
          type="button"
          class="tile-button"
          aria-pressed={drawing}
          aria-label={`Draw on ${what}`}
          title={drawing ? "Stop drawing" : "Draw"}
          onClick={() => over.toggleDrawing(tile.key)}
        >
          <Glyph name="pen" />
        </button>
      )}
    </>
  );
}
