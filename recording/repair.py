"""The last pass over a recording: files that were cut off get their index and duration, all their checksums.

``python -m recording.repair FOLDER`` does it for a recording whose node and recorder both died.
"""

import hashlib
import sys
from pathlib import Path

import av

from recording.manifest import FileEntry, Manifest, read_manifest, write_manifest


def finish(folder: Path, manifest: Manifest) -> None:
    """Repair and check every file of `manifest`, and write it. Raises OSError if that cannot be written."""
    for entry in manifest.files():
        path = folder / entry.name
        if not entry.complete:
            _repair_entry(path, entry)
        if path.exists() and not entry.sha256:
            entry.bytes = path.stat().st_size
            with path.open("rb") as file:
                entry.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    write_manifest(folder, manifest)


def recover(folder: Path) -> Manifest | None:
    """Finish a recording that nobody writes any more; None if the folder has none, or it was finished.

    Raises OSError.
    """
    manifest = read_manifest(folder)
    if manifest is None or (manifest.state != "recording" and all(file.sha256 for file in manifest.files())):
        return None
    if manifest.state == "recording":
        manifest.state = "interrupted"
    finish(folder, manifest)
    ends = [file.offset_ms + file.duration_ms for file in manifest.files()]
    manifest.duration_ms = max([manifest.duration_ms, *ends])
    write_manifest(folder, manifest)
    return manifest


def _repair_entry(path: Path, entry: FileEntry) -> None:
    try:
        repaired = remux(path)
    except OSError:
        return  # nothing in it that can be played, or no room: what is there stays as it is
    entry.frames, entry.keyframes, entry.duration_ms = repaired
    entry.complete = True


def remux(path: Path) -> tuple[int, int, int]:
    """Write the file anew, with index and duration, in its place: (packets, key frames of video, duration in
    ms). Raises OSError, with the old file as it was."""
    whole = path.with_name(f".{path.name}")
    frames = keyframes = duration_ms = 0
    name = "matroska" if path.suffix == ".mkv" else "webm"
    try:
        with av.open(str(path)) as source, av.open(str(whole), "w", format=name) as target:
            stream = source.streams[0]
            copy = target.add_stream_from_template(stream)
            last = -1
            for packet in source.demux(stream):
                if packet.dts is None or packet.dts <= last:
                    continue
                last = packet.dts
                frames += 1
                keyframes += packet.is_keyframe and stream.type == "video"
                duration_ms = round(last * float(packet.time_base) * 1000)
                packet.stream = copy
                target.mux_one(packet)
    except (OSError, IndexError) as error:
        whole.unlink(missing_ok=True)
        raise OSError(f"{path.name} cannot be repaired: {error}") from error
    if not frames:
        whole.unlink(missing_ok=True)
        raise OSError(f"{path.name} holds nothing")
    whole.replace(path)
    return frames, keyframes, duration_ms


def main() -> None:
    """The program: one folder a line of the arguments."""
    for name in sys.argv[1:]:
        recover(Path(name))


if __name__ == "__main__":
    main()
