/** Two soft tones: who shares a screen looks at something else than this page. */

const TONES = [
  { hertz: 587, afterS: 0 },
  { hertz: 784, afterS: 0.14 },
];
const LASTS_S = 0.35;
const LOUD = 0.09;

export function chime(): void {
  const audio = new AudioContext();
  for (const { hertz, afterS } of TONES) {
    const at = audio.currentTime + afterS;
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(LOUD, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + LASTS_S);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + LASTS_S);
    tone.onended = () => {
      if (afterS > 0) void audio.close();
    };
  }
}
