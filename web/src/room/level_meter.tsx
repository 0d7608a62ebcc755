/** Shows that the microphone hears something, and tells when it always does. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { decibels, meterValue, NoiseWatch } from "./sound_level";

export interface LevelMeterProps {
  track: MediaStreamTrack;
  onNoise: (noisy: boolean) => void;
}

const EACH_MS = 60;

export function LevelMeter({ track, onNoise }: LevelMeterProps): JSX.Element {
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    const source = context.createMediaStreamSource(new MediaStream([track]));
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const noise = new NoiseWatch();
    const timer = setInterval(() => {
      if (context.state !== "running") return;
      analyser.getFloatTimeDomainData(samples);
      const db = decibels(samples);
      if (bar.current) bar.current.style.transform = `scaleX(${meterValue(db).toFixed(2)})`;
      onNoise(noise.observe(db, performance.now()));
    }, EACH_MS);
    // Until the first click some browsers keep the context asleep.
    const wake = () => void context.resume().catch(() => {});
    addEventListener("pointerdown", wake, { once: true });
    return () => {
      clearInterval(timer);
      removeEventListener("pointerdown", wake);
      void context.close().catch(() => {});
    };
  }, [track, onNoise]);
  return (
    <div class="meter" aria-hidden="true">
      <span ref={bar} />
    </div>
  );
}
