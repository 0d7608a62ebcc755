// Runs in every page of a test. The pattern's constants come from loadtests/pattern.py as `patternConstants`.

// `readPattern(video)`: {person, width, height} of the picture shown now, person null if it is no clear pattern.
// `readPatterns()` does so for every <video> of the page.
(() => {
  const {COLUMNS, ROWS, GRID_SHARE, LEAST_CONTRAST, UNCLEAR_SHARE} = window.patternConstants;
  const WIDTH = 320, HEIGHT = 180;
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH; canvas.height = HEIGHT;
  const context = canvas.getContext("2d", {willReadFrequently: true});

  const checksum = (person) => {
    let crc = 0xff;
    for (const byte of [person >> 8, person & 0xff]) {
      crc ^= byte;
      for (let n = 0; n < 8; n++) crc = (crc & 0x80 ? (crc << 1) ^ 0x07 : crc << 1) & 0xff;
    }
    return crc;
  };

  const cellMean = (pixels, row, column) => {
    const cellHeight = HEIGHT * GRID_SHARE / ROWS, cellWidth = WIDTH / COLUMNS;
    const bottom = Math.floor((row + 0.75) * cellHeight), right = Math.floor((column + 0.75) * cellWidth);
    let sum = 0, count = 0;
    for (let y = Math.floor((row + 0.25) * cellHeight); y < bottom; y++) {
      for (let x = Math.floor((column + 0.25) * cellWidth); x < right; x++) {
        const at = 4 * (y * WIDTH + x);
        sum += 0.299 * pixels[at] + 0.587 * pixels[at + 1] + 0.114 * pixels[at + 2];
        count++;
      }
    }
    return sum / count;
  };

  const personIn = (pixels) => {
    const means = [];
    for (let row = 0; row < ROWS; row++)
      for (let column = 0; column < COLUMNS; column++) means.push(cellMean(pixels, row, column));
    const left = (row) => means[row * COLUMNS], right = (row) => means[row * COLUMNS + COLUMNS - 1];
    const white = (left(0) + left(2) + right(1) + right(3)) / 4;
    const black = (left(1) + left(3) + right(0) + right(2)) / 4;
    const contrast = white - black, middle = (white + black) / 2;
    if (contrast < LEAST_CONTRAST) return null;
    if (means.some((mean) => Math.abs(mean - middle) < contrast * UNCLEAR_SHARE)) return null;
    for (let row = 0; row < ROWS; row++)
      if (left(row) > middle !== (row % 2 === 0) || right(row) > middle !== (row % 2 === 1)) return null;
    let word = 0;
    for (let row = 0; row < ROWS; row++)
      for (let column = 1; column < COLUMNS - 1; column++)
        word = word * 2 + (means[row * COLUMNS + column] > middle ? 1 : 0);
    const person = Math.floor(word / 256);
    return checksum(person) === word % 256 ? person : null;
  };

  window.readPattern = (video) => {
    if (video.videoWidth === 0 || video.readyState < 2) return {person: null, width: 0, height: 0};
    context.drawImage(video, 0, 0, WIDTH, HEIGHT);
    const person = personIn(context.getImageData(0, 0, WIDTH, HEIGHT).data);
    return {person, width: video.videoWidth, height: video.videoHeight};
  };
  window.readPatterns = () => [...document.querySelectorAll("video")].map(window.readPattern);
})();

// `receivedMedia(connection)`: one object per received m-line by mid, from the inbound-rtp statistics
// (W3C webrtc-stats). `energy` is totalAudioEnergy, which counts only while the audio is played.
window.receivedMedia = async (connection) => {
  const received = {};
  for (const report of (await connection.getStats()).values()) {
    if (report.type !== "inbound-rtp") continue;
    received[report.mid] = {
      kind: report.kind,
      packets: report.packetsReceived,
      lost: report.packetsLost,
      energy: report.totalAudioEnergy ?? 0,
      frames: report.framesDecoded ?? 0,
      keyframes: report.keyFramesDecoded ?? 0,
      width: report.frameWidth ?? 0,
      height: report.frameHeight ?? 0,
      plis: report.pliCount ?? 0,
      freezes: report.freezeCount ?? 0,
    };
  }
  return received;
};
