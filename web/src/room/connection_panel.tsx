/** How the connection is and why each picture looks as it does: the server's numbers, once a second. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Meeting, qualityWords, type SlotStats, type TrackStats } from "../client";
import { axis, ConnectionHistory } from "./connection_history";
import { pictureWords, rateWords, scoreWords, shareWords, whyWords } from "./connection_words";
import { Icon } from "./icons";
import { visibleName } from "./names";
import { Plot } from "./plot";

interface Props {
  meeting: Meeting;
  onClose: () => void;
}

const EVERY_MS = 1_000;

export function ConnectionPanel({ meeting, onClose }: Props): JSX.Element {
  const [history] = useState(() => new ConnectionHistory());
  const samples = useSignal(0);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    let asking = false;
    const ask = async () => {
      if (asking || document.hidden) return;
      asking = true;
      history.add(await meeting.stats().catch(() => null));
      asking = false;
      samples.value += 1;
    };
    void ask();
    const timer = setInterval(() => void ask(), EVERY_MS);
    return () => clearInterval(timer);
  }, [meeting, history, samples]);
  samples.value; // drawn anew with each
  return (
    <aside
      class="panel"
      aria-label="Connection"
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <div class="panel-head">
        <h2 ref={heading} tabIndex={-1}>
          Connection
        </h2>
        <button
          type="button"
          class="button quiet icon-only"
          aria-label="Close connection details"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to scroll by keyboard */}
      <section class="panel-body connection" tabIndex={0} aria-label="Connection details">
        <Overview meeting={meeting} history={history} />
        <Pictures meeting={meeting} history={history} />
        <Sending meeting={meeting} tracks={history.latest?.tracks ?? []} />
      </section>
    </aside>
  );
}

function Overview({ meeting, history }: { meeting: Meeting; history: ConnectionHistory }): JSX.Element {
  const { latest, received, estimate, loss } = history;
  const quality = meeting.me && meeting.quality(meeting.me.id);
  const most = axis([...received, ...estimate], 100_000);
  const mostLoss = axis(loss, 0.05);
  const now = received.at(-1) ?? 0;
  return (
    <div>
      <dl class="facts">
        <Fact name="Quality" value={quality ? scoreWords(quality.score) : "–"} />
        <Fact name="Round trip" value={latest?.rtt_ms == null ? "–" : `${Math.round(latest.rtt_ms)} ms`} />
        <Fact name="Receiving" value={rateWords(now)} look="now" />
        <Fact
          name="Network carries"
          value={latest?.estimate_bps == null ? "–" : rateWords(latest.estimate_bps)}
          look="estimate"
        />
      </dl>
      {quality && quality.reason !== "" && <p class="muted">{qualityWords(quality.reason)}</p>}
      <Plot
        label={`Receiving ${rateWords(now)}`}
        most={most}
        top={rateWords(most)}
        lines={[
          { series: estimate, class: "estimate" },
          { series: received, class: "now" },
        ]}
      />
      <h3>Packets lost</h3>
      <Plot
        label={`${shareWords(loss.at(-1) ?? 0)} of packets lost`}
        most={mostLoss}
        top={shareWords(mostLoss)}
        lines={[{ series: loss, class: "loss" }]}
      />
    </div>
  );
}

function Fact({ name, value, look = "" }: { name: string; value: string; look?: string }): JSX.Element {
  return (
    <div>
      <dt class={look}>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Pictures({
  meeting,
  history,
}: {
  meeting: Meeting;
  history: ConnectionHistory;
}): JSX.Element | null {
  const shown = (history.latest?.slots ?? []).filter(
    (slot) => slot.track !== null && meeting.slots.get(slot.mid)?.kind === "video",
  );
  if (shown.length === 0) return null;
  return (
    <div>
      <h3>What you see</h3>
      <ul>
        {shown.map((slot) => (
          <Picture key={slot.mid} slot={slot} meeting={meeting} history={history} />
        ))}
      </ul>
    </div>
  );
}

function Picture({
  slot,
  meeting,
  history,
}: {
  slot: SlotStats;
  meeting: Meeting;
  history: ConnectionHistory;
}): JSX.Element {
  const lines = history.pictures.get(slot.mid) ?? [];
  const track = meeting.tracks.get(slot.track ?? "");
  const owner = meeting.participants.get(track?.participant ?? "");
  const name = owner ? visibleName(owner.name) : "";
  const what = pictureWords(slot);
  return (
    <li class="picture">
      <bdi class="clipped">{track?.source === "screen" ? `Screen of ${name}` : name}</bdi>
      <small>{what === "" ? whyWords(slot.reason) : what}</small>
      {what !== "" && <small class={slot.reason}>{whyWords(slot.reason)}</small>}
      <Plot
        label={`Height of the picture over the last minute, now ${slot.height} lines`}
        most={axis(lines, 360)}
        top={`${axis(lines, 360)} lines`}
        lines={[{ series: lines, class: "now" }]}
      />
    </li>
  );
}

function Sending({
  meeting,
  tracks,
}: {
  meeting: Meeting;
  tracks: readonly TrackStats[];
}): JSX.Element | null {
  if (tracks.length === 0) return null;
  return (
    <div>
      <h3>What you send</h3>
      <ul>
        {tracks.map(({ track, layers }) => (
          <li class="picture" key={track}>
            <span>{SOURCES[meeting.tracks.get(track)?.source ?? ""] ?? ""}</span>
            {layers.map((layer) => (
              <small key={layer.rid}>
                {layer.rid === "" ? "" : `${layer.rid}: `}
                {layer.bitrate_bps > 0
                  ? `${rateWords(layer.bitrate_bps)}${layer.fps > 0 ? `, ${Math.round(layer.fps)} fps` : ""}`
                  : layer.wanted
                    ? "nothing"
                    : "rests: nobody looks at it"}
                {layer.loss > 0 ? `, ${shareWords(layer.loss)} lost` : ""}
              </small>
            ))}
          </li>
        ))}
      </ul>
    </div>
  );
}

const SOURCES: Record<string, string> = {
  microphone: "Microphone",
  camera: "Camera",
  screen: "Screen",
  screen_audio: "Sound of the screen",
};
