/** The pictures. The list never changes its order: `layout.ts` moves tiles by their rectangles. */

import type { JSX } from "preact";
import { useCallback, useLayoutEffect, useRef } from "preact/hooks";
import type { Actions } from "./actions";
import { Icon } from "./icons";
import type { OverPictures } from "./over_pictures";
import type { RoomModel } from "./room_model";
import { Tile } from "./tile";
import type { TileModel } from "./tile_model";

interface Props {
  model: RoomModel;
  actions: Actions;
  over: OverPictures | null;
}

export function Stage({ model, actions, over }: Props): JSX.Element {
  const root = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const element = root.current;
    if (!element) return;
    const measure = () => model.resize({ width: element.clientWidth, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [model]);
  const onPin = useCallback((tile: TileModel) => model.pin(tile.key), [model]);
  const onVideo = useCallback(
    (tile: TileModel, video: HTMLVideoElement | null) => {
      model.setVideo(tile, video);
      if (video && !tile.own) noteFirstFrame(model, video);
    },
    [model],
  );
  const onFullscreen = useCallback(
    (_: TileModel, element: HTMLElement) => void actions.fullscreen(element),
    [actions],
  );
  const more = model.morePlace.value;
  return (
    <main class="stage" ref={root}>
      <ul class="tiles" aria-label="Pictures">
        {model.tiles.value.map((tile) => (
          <Tile
            key={tile.key}
            tile={tile}
            over={over}
            onPin={onPin}
            onVideo={onVideo}
            onFullscreen={onFullscreen}
          />
        ))}
        {more && (
          <li
            class="tile more"
            style={{
              width: `${more.width}px`,
              height: `${more.height}px`,
              transform: `translate(${more.x}px, ${more.y}px)`,
            }}
          >
            <button type="button" class="button quiet" onClick={() => actions.perform("people")}>
              and {model.unseen.value} more
            </button>
          </li>
        )}
      </ul>
      {model.alone.value && <Alone actions={actions} />}
    </main>
  );
}

function Alone({ actions }: { actions: Actions }): JSX.Element {
  return (
    <div class="alone">
      <div>
        <p>Nobody else is here yet.</p>
        <button type="button" class="button primary" onClick={() => void actions.copyInvitation()}>
          <Icon name={actions.copied.value ? "check" : "link"} />
          {actions.copied.value ? "Copied" : "Copy invitation"}
        </button>
      </div>
    </div>
  );
}

/** When the first picture of somebody else was decoded: what a join took, as the benchmark reads it. */
function noteFirstFrame(model: RoomModel, video: HTMLVideoElement): void {
  const { timings } = model.meeting;
  if (timings.firstFrame !== null || !("requestVideoFrameCallback" in video)) return;
  video.requestVideoFrameCallback(() => {
    timings.firstFrame ??= performance.now();
  });
}
