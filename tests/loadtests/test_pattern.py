"""The identifying pattern is read back whatever scaling and a codec do, and never from another picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.pattern import MAX_PERSON, cells, checksum, draw, read


def scaled(luma, width, height):
    rows = np.arange(height) * luma.shape[0] // height
    columns = np.arange(width) * luma.shape[1] // width
    return luma[np.ix_(rows, columns)]


@settings(max_examples=60)
@given(
    st.integers(0, MAX_PERSON), st.sampled_from([(1280, 720), (640, 360), (320, 180), (160, 90), (96, 64)])
)
def test_every_person_is_read_at_every_size(person, size):
    assert read(scaled(draw(person, 640, 360, step=3, noise=40), *size)) == person


@settings(max_examples=40)
@given(st.integers(0, MAX_PERSON), st.integers(0, 2**32), st.floats(0.5, 1.1), st.floats(-20, 20))
def test_noise_and_exposure_do_not_change_the_person(person, seed, gain, offset):
    noise = np.random.default_rng(seed).normal(0, 25, (180, 320))
    assert read((draw(person, 320, 180, step=0) * gain + offset + noise).clip(0, 255)) == person


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_noise_is_nobody(seed):
    assert read(np.random.default_rng(seed).integers(0, 256, (180, 320))) is None


@pytest.mark.parametrize("level", [0, 16, 128, 255])
def test_a_plain_picture_is_nobody(level):
    assert read(np.full((720, 1280), level, np.uint8)) is None


def test_a_blend_of_two_people_is_nobody():
    one, other = draw(1, 320, 180, 0).astype(int), draw(0xFFFE, 320, 180, 0)
    assert read((one + other) // 2) is None


def test_an_upside_down_or_inverted_picture_is_nobody():
    picture = draw(77, 320, 180, 0)
    assert read(255 - picture) is None
    assert read(picture[::-1]) is None


def test_a_picture_too_small_is_nobody():
    assert read(draw(5, 16, 9, 0)) is None


def test_frames_of_one_person_differ():
    assert not np.array_equal(draw(5, 320, 180, 0), draw(5, 320, 180, 1))


def test_one_bit_changes_the_checksum():
    assert all(checksum(person) != checksum(person ^ 1 << bit) for person in (0, 5, 999) for bit in range(16))


@pytest.mark.parametrize("person", [-1, MAX_PERSON + 1])
def test_a_person_outside_16_bits_is_refused(person):
    with pytest.raises(ValueError, match="16 bits"):
        cells(person)
