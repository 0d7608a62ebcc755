import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.identifiers import Ssrc
from sfu.rtcp.compound import parse_compound
from sfu.rtcp.receiver_report import ReceiverReport
from sfu.rtcp.report_block import ReportBlock, parse_report_blocks, write_report_blocks
from sfu.rtcp.sender_report import SenderReport

uint32 = st.integers(0, 0xFFFFFFFF)
blocks = st.builds(
    ReportBlock,
    ssrc=uint32.map(Ssrc),
    fraction_lost=st.integers(0, 255),
    total_lost=st.integers(-0x800000, 0x7FFFFF),
    highest_sequence=uint32,
    jitter=uint32,
    last_sr=uint32,
    delay_since_last_sr=uint32,
)


@given(st.lists(blocks, max_size=31))
def test_blocks_read_back_as_written(written: list[ReportBlock]) -> None:
    assert parse_report_blocks(write_report_blocks(written), 0, len(written)) == tuple(written)


@pytest.mark.parametrize(
    ("lost", "told"), [(0x800000, 0x7FFFFF), (-0x800001, -0x800000), (1 << 40, 0x7FFFFF)]
)
def test_total_lost_is_clamped_to_24_bits(lost: int, told: int) -> None:
    # RFC 3550 §6.4.1
    wire = write_report_blocks([ReportBlock(Ssrc(1), 0, lost, 0, 0, 0, 0)])
    assert parse_report_blocks(wire, 0, 1)[0].total_lost == told


def test_counters_wrap() -> None:
    wire = SenderReport(Ssrc(1), 1 << 64, 1 << 32, (1 << 32) + 5, (1 << 32) + 6).to_bytes()
    assert parse_compound(wire) == [SenderReport(Ssrc(1), 0, 0, 5, 6)]


def test_profile_extension_after_the_blocks_is_skipped() -> None:
    assert parse_compound(bytes.fromhex("80c9000301020304ffffffffffffffff")) == [
        ReceiverReport(Ssrc(0x01020304), ())
    ]


@pytest.mark.parametrize("count", [31, 32, 63])
def test_blocks_above_31_follow_in_reports_of_the_same_source(count: int) -> None:
    many = tuple(ReportBlock(Ssrc(index), 0, index, 0, 0, 0, 0) for index in range(count))
    for report in (ReceiverReport(Ssrc(9), many), SenderReport(Ssrc(9), 1, 2, 3, 4, many)):
        read = parse_compound(report.to_bytes())
        assert len(read) == -(-count // 31)
        assert type(read[0]) is type(report)
        reports = [each for each in read if isinstance(each, SenderReport | ReceiverReport)]
        assert len(reports) == len(read)
        assert {each.ssrc for each in reports} == {9}
        assert tuple(block for each in reports for block in each.blocks) == many
