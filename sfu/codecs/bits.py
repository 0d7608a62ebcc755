"""Reading fields of bits, most significant first, as the codecs' headers are written."""

from sfu.codecs.payload_facts import malformed


class BitReader:
    """Walks over `data` once. Every read raises RemoteError where the data ends."""

    __slots__ = ("_left", "_value")

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def read(self, width: int) -> int:
        """The next `width` bits, unsigned."""
        self._left -= width
        if self._left < 0:
            raise malformed("header cut short")
        return self._value >> self._left & (1 << width) - 1

    @property
    def left(self) -> int:
        """How many bits were not read yet."""
        return self._left

    def flag(self) -> bool:
        """The next bit."""
        return self.read(1) == 1

    def exp_golomb(self) -> int:
        """ue(v) of H.264 §9.1, uvlc() of AV1 §4.10.3: below 2^32 - 1, as both formats bound it."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 31:
                raise malformed("Exp-Golomb code beyond 32 bits")
        return (1 << zeros | self.read(zeros)) - 1

    def signed_exp_golomb(self) -> int:
        """se(v) of H.264 §9.1.1."""
        code = self.exp_golomb()
        return (code + 1) // 2 if code & 1 else -(code // 2)

    def non_symmetric(self, values: int) -> int:
        """ns(n) of AV1 §4.10.7: one of `values` numbers, the first of them a bit shorter."""
        width = values.bit_length()
        short = (1 << width) - values
        value = self.read(width - 1)
        if value < short:
            return value
        return (value << 1) - short + self.read(1)
