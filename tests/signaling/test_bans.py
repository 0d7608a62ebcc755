"""Bans of a node."""

from signaling.bans import Bans


def test_a_ban_is_of_one_identity_in_one_room_until_it_is_lifted() -> None:
    bans = Bans()
    bans.add_all([("r", "bert"), ("s", "anna")])
    assert bans.add("r", "anna")
    assert not bans.add("r", "anna")
    assert (bans.of("r"), bans.of("s"), bans.of("t")) == (["anna", "bert"], ["anna"], [])
    assert bans.lift("s", "anna")
    assert not bans.lift("s", "anna")
    assert not bans.lift("t", "anna")
    assert (bans.holds("r", "anna"), bans.holds("s", "anna")) == (True, False)
