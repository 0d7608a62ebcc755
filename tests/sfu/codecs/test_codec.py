"""Which payload types stand for the same codec."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.codecs.codec import ALL_CODECS, AV1, H264, OPUS, RED, VP8, VP9, codec_of, enabled_keys, h264_profile

_MODE_1 = {"packetization-mode": "1"}


@pytest.mark.parametrize(
    ("kind", "name", "rate", "channels", "fmtp", "codec"),
    [
        ("video", "VP8", 90_000, 0, {}, VP8),
        ("video", "vp8", 90_000, 0, {"max-fr": "60"}, VP8),
        ("video", "VP9", 90_000, 0, {}, VP9),
        ("video", "VP9", 90_000, 0, {"profile-id": "0"}, VP9),
        ("video", "AV1", 90_000, 0, {"level-idx": "5", "profile": "0"}, AV1),
        ("video", "H264", 90_000, 0, _MODE_1 | {"profile-level-id": "42e01f"}, H264),
        ("video", "H264", 90_000, 0, _MODE_1 | {"profile-level-id": "42E034"}, H264),
        ("audio", "opus", 48_000, 2, {"useinbandfec": "1"}, OPUS),
        ("audio", "red", 48_000, 2, {}, RED),
    ],
)
def test_known_codec_is_recognised_whatever_its_case_and_level(kind, name, rate, channels, fmtp, codec):
    assert codec_of(kind, name, rate, channels, fmtp) == codec


@pytest.mark.parametrize(
    ("kind", "name", "rate", "channels", "fmtp"),
    [
        ("video", "VP9", 90_000, 0, {"profile-id": "2"}),
        ("video", "AV1", 90_000, 0, {"profile": "1"}),
        ("video", "H264", 90_000, 0, {"profile-level-id": "42e01f"}),
        ("video", "H264", 90_000, 0, {"packetization-mode": "0", "profile-level-id": "42e01f"}),
        ("video", "H264", 90_000, 0, _MODE_1 | {"profile-level-id": "nonsense"}),
        ("video", "H265", 90_000, 0, {}),
        ("video", "VP8", 48_000, 0, {}),
        ("video", "red", 90_000, 0, {}),
        ("video", "opus", 48_000, 2, {}),
        ("audio", "VP8", 90_000, 0, {}),
        ("audio", "opus", 48_000, 1, {}),
        ("audio", "PCMU", 8_000, 1, {}),
    ],
)
def test_variant_we_do_not_forward_is_no_codec(kind, name, rate, channels, fmtp):
    assert codec_of(kind, name, rate, channels, fmtp) is None


@pytest.mark.parametrize(
    ("profile_level_id", "profile"),
    [
        ("42e01f", "42e01f"),
        ("42c02a", "42e01f"),
        ("4d800a", "42e01f"),
        ("58c01f", "42e01f"),
        ("42001f", "42001f"),
        ("58801f", "42001f"),
        ("4d001f", "4d001f"),
        ("640034", "64001f"),
        ("640c1f", "640c1f"),
        ("64041f", None),
        ("7a001f", None),
        ("42e0", None),
        ("42e01f1f", None),
        ("42 e01", None),
        ("४२e०१f", None),
    ],
)
def test_h264_profile_follows_from_idc_and_constraints(profile_level_id, profile):
    assert h264_profile(profile_level_id) == profile


@given(st.text(max_size=8))
def test_h264_profile_of_anything_is_a_name_or_none(text):
    assert h264_profile(text) in {None, "42e01f", "42001f", "4d001f", "64001f", "640c1f"}


def test_plain_names_of_settings_mean_the_default_profiles():
    assert enabled_keys(["H264", "VP8", "opus"]) == {"H264/42e01f", "VP8", "opus"}
    assert enabled_keys(["H264/640c1f"]) == {"H264/640c1f"}
    assert {"VP8", "VP9/0", "AV1/0", "H264/42e01f", "opus", "red"} == ALL_CODECS


def test_key_names_the_profile_only_where_there_is_one():
    assert [codec.key for codec in (VP8, H264, OPUS)] == ["VP8", "H264/42e01f", "opus"]
