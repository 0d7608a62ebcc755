"""Session keys from the master key and salt (RFC 3711 §4.3, key derivation rate 0)."""

from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

RTP_KEY: Final = 0x00
RTP_AUTH: Final = 0x01
RTP_SALT: Final = 0x02
RTCP_KEY: Final = 0x03
RTCP_SALT: Final = 0x05


def derive(master_key: bytes, master_salt: bytes, label: int, length: int) -> bytes:
    """`length` bytes of session key or salt for `label`.

    The salt is 14 bytes, or 12 for AEAD, which RFC 7714 §11 pads on the right.
    """
    salt = int.from_bytes(master_salt.ljust(14, b"\0"), "big")
    iv = ((salt ^ label << 48) << 16).to_bytes(16, "big")
    encryptor = Cipher(algorithms.AES(master_key), modes.CTR(iv)).encryptor()
    return encryptor.update(bytes(length))
