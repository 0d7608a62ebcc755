"""The recent packets of a layer, kept once for all subscribers (retransmission, duplicates)."""

from sfu.rtp.packet import RtpPacket


class PacketRing:
    """The last `capacity` packet numbers of a layer; `capacity` is a power of two."""

    __slots__ = ("_mask", "_packets", "highest")

    def __init__(self, capacity: int) -> None:
        if capacity & capacity - 1:
            raise ValueError(f"capacity {capacity} is no power of two")
        self._mask = capacity - 1
        self._packets: list[RtpPacket | None] = [None] * capacity
        self.highest = -1

    @property
    def capacity(self) -> int:
        """How many numbers back are kept."""
        return self._mask + 1

    def put(self, packet: RtpPacket) -> bool:
        """Keep `packet`; False if its number is in already, or lies behind the ring."""
        index = packet.index
        if index > self.highest:
            self.highest = index
        elif self.highest - index > self._mask:
            return False
        position = index & self._mask
        old = self._packets[position]
        if old is not None and old.index >= index:
            return False
        self._packets[position] = packet
        return True

    def has_room(self, index: int) -> bool:
        """Whether `put` would keep a packet of that number."""
        if self.highest - index > self._mask:
            return False
        old = self._packets[index & self._mask]
        return old is None or old.index < index

    def get(self, index: int) -> RtpPacket | None:
        """The packet of that number, if it came and is still here."""
        packet = self._packets[index & self._mask]
        return packet if packet is not None and packet.index == index else None
