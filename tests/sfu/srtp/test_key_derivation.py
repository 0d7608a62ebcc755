import pytest

from sfu.srtp.key_derivation import RTP_KEY, RTP_SALT, derive

# RFC 3711 appendix B.3.
MASTER_KEY = bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE4139")
MASTER_SALT = bytes.fromhex("0EC675AD498AFEEBB6960B3AABE6")


@pytest.mark.parametrize(
    ("label", "derived"),
    [
        (RTP_KEY, "C61E7A93744F39EE10734AFE3FF7A087"),
        (RTP_SALT, "30CBBC08863D8C85D49DB34A9AE1"),
        (
            1,
            "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCE"
            "E049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC25"
            "6D6E919A48B610EF17C2041E47403576",
        ),
    ],
)
def test_session_keys_are_those_of_rfc_3711(label: int, derived: str) -> None:
    assert derive(MASTER_KEY, MASTER_SALT, label, len(derived) // 2).hex().upper() == derived


def test_short_salt_of_aead_is_padded_on_the_right() -> None:
    assert derive(MASTER_KEY, MASTER_SALT[:12], RTP_KEY, 16) == derive(
        MASTER_KEY, MASTER_SALT[:12] + b"\0\0", RTP_KEY, 16
    )
