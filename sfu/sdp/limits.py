"""What one offer may ask for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SdpLimits:
    """Bounds on one peer connection's offers; clients are told them in `joined` (PROTOCOL.md, `limits`)."""

    sdp_bytes: int = 768 * 1024
    """UTF-8 bytes of one offer: Chromium writes about 6 kB a video m-line."""

    max_mlines: int = 128
    max_slots_audio: int = 50
    max_slots_video: int = 50
    max_tracks: int = 16
    """Publish m-lines; those beyond are answered inactive."""

    data_message_bytes: int = 65_536
    """Answered as ``max-message-size`` (RFC 8841 §6)."""
