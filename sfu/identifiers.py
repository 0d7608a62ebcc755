"""Names for the numbers and strings that identify things, so that they cannot be mixed up."""

from typing import NewType

Ssrc = NewType("Ssrc", int)
"""Synchronisation source of an RTP stream, uint32 (RFC 3550 §3)."""

Csrc = NewType("Csrc", int)
"""Contributing source: names the track a packet belongs to, uint32, not 0 (PROTOCOL.md, SDP rules)."""

Mid = NewType("Mid", str)
"""Media identification of an m-line (RFC 5888)."""

Rid = NewType("Rid", str)
"""Restriction identifier of a simulcast encoding (RFC 8851); ``""`` for a single encoding."""

PeerId = NewType("PeerId", str)
"""One peer connection, that is one DTLS association; a participant may have several one after another."""

TrackId = NewType("TrackId", str)
"""One published track, ``tr_…``."""
