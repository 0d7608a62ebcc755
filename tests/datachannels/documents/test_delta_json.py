from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datachannels.documents.delta_json import MAX_ATTRIBUTES, read_delta, write_delta
from datachannels.documents.ops import Delete, Insert, Retain
from datachannels.refusals import RequestRefused

BAD_OPS: dict[str, Any] = {
    "no object": "insert",
    "no action": {},
    "only attributes": {"attributes": {"bold": True}},
    "an unknown action": {"move": 1},
    "two actions": {"insert": "a", "delete": 1},
    "an unknown field": {"insert": "a", "at": 1},
    "an empty insert": {"insert": ""},
    "an insert of null": {"insert": None},
    "an insert of a number": {"insert": 1},
    "an insert of a list": {"insert": ["a"]},
    "an empty embed": {"insert": {}},
    "an embed with two keys": {"insert": {"image": "https://x.test", "alt": "x"}},
    "an embed of null": {"insert": {"image": None}},
    "an embed without a name": {"insert": {"": 1}},
    "a lone high surrogate": {"insert": "a\ud83d"},
    "a lone low surrogate": {"insert": "\ude00b"},
    "surrogates the wrong way round": {"insert": "\ude00\ud83d"},
    "retain zero": {"retain": 0},
    "retain less than nothing": {"retain": -1},
    "retain half": {"retain": 1.5},
    "retain one as a float": {"retain": 1.0},
    "retain true": {"retain": True},
    "retain text": {"retain": "1"},
    "retain an embed": {"retain": {"image": 1}},
    "retain beyond all numbers": {"retain": 2**53},
    "delete zero": {"delete": 0},
    "delete true": {"delete": True},
    "delete with attributes": {"delete": 1, "attributes": {"bold": True}},
    "delete with no attributes": {"delete": 1, "attributes": {}},
    "empty attributes": {"retain": 1, "attributes": {}},
    "attributes of null": {"retain": 1, "attributes": None},
    "attributes in a list": {"retain": 1, "attributes": ["bold"]},
    "an attribute without a name": {"retain": 1, "attributes": {"": 1}},
    "an attribute with a long name": {"retain": 1, "attributes": {"a" * 129: 1}},
    "too many attributes": {"retain": 1, "attributes": {str(name): 1 for name in range(MAX_ATTRIBUTES + 1)}},
    "null in an insert": {"insert": "a", "attributes": {"bold": None}},
    "null beside more in an insert": {"insert": "a", "attributes": {"bold": None, "length": 1}},
    "a link to a script": {"insert": "a", "attributes": {"link": "javascript:alert(1)"}},
    "a script in capitals": {"retain": 1, "attributes": {"link": "JavaScript:alert(1)"}},
    "a script behind spaces": {"retain": 1, "attributes": {"link": "\x01 javascript:alert(1)"}},
    "a script with a line break": {"retain": 1, "attributes": {"link": "java\nscript:alert(1)"}},
    "a script with tabs": {"retain": 1, "attributes": {"link": "j\tavascript\t:alert(1)"}},
    "a link to data": {"retain": 1, "attributes": {"link": "data:text/html,x"}},
    "a link to a file": {"retain": 1, "attributes": {"link": "file:///etc/passwd"}},
    "a link that is no text": {"retain": 1, "attributes": {"link": 7}},
    "a frame with a script": {"insert": {"video": "javascript:alert(1)"}},
    "an image by mail": {"insert": {"image": "mailto:a@x.test"}},
}


@pytest.mark.parametrize("op", BAD_OPS.values(), ids=BAD_OPS)
def test_a_bad_op_is_refused(op: Any) -> None:
    with pytest.raises(RequestRefused) as refused:
        read_delta({"ops": [{"retain": 1}, op]})
    assert refused.value.code == "bad_message"


@pytest.mark.parametrize("value", [None, [], "ops", 1, {}, {"ops": None}, {"ops": {}}, {"ops": "a"}])
def test_what_is_no_delta_is_refused(value: Any) -> None:
    with pytest.raises(RequestRefused):
        read_delta(value)


GOOD_OPS: dict[str, tuple[dict[str, Any], Insert | Retain | Delete]] = {
    "text": ({"insert": "ab\n"}, Insert("ab\n")),
    "emoji": ({"insert": "a😀"}, Insert("a\ud83d\ude00")),
    "formatted": ({"insert": "a", "attributes": {"length": 3}}, Insert("a", {"length": 3})),
    "embed": ({"insert": {"image": "https://x.test/😀"}}, Insert({"image": "https://x.test/😀"})),
    "relative": ({"insert": {"image": "/api/v1/files/00"}}, Insert({"image": "/api/v1/files/00"})),
    "link": ({"insert": "a", "attributes": {"link": "HTTPS://x"}}, Insert("a", {"link": "HTTPS://x"})),
    "mail": ({"insert": "a", "attributes": {"link": "mailto:a@b"}}, Insert("a", {"link": "mailto:a@b"})),
    "place": ({"insert": "a", "attributes": {"link": "/a?b:c#d:e"}}, Insert("a", {"link": "/a?b:c#d:e"})),
    "unformat": ({"retain": 2, "attributes": {"link": None}}, Retain(2, {"link": None})),
    "delete": ({"delete": 2**53 - 1}, Delete(2**53 - 1)),
}


@pytest.mark.parametrize(("json", "op"), GOOD_OPS.values(), ids=GOOD_OPS)
def test_a_good_op_is_read_and_written_alike(json: dict[str, Any], op: Insert | Retain | Delete) -> None:
    assert read_delta({"ops": [json]}) == (op,)
    assert orjson.loads(orjson.dumps(write_delta((op,)))) == {"ops": [json]}


def test_a_delta_is_read_into_its_canonical_form() -> None:
    ops = [{"delete": 1}, {"insert": "a"}, {"delete": 1}, {"insert": "b"}, {"retain": 4}]
    assert write_delta(read_delta({"ops": ops})) == {"ops": [{"insert": "ab"}, {"delete": 2}]}


def test_one_and_true_are_two_formats() -> None:
    ops = [{"insert": "a", "attributes": {"bold": 1}}, {"insert": "b", "attributes": {"bold": True}}]
    assert write_delta(read_delta({"ops": ops})) == {"ops": ops}
    assert read_delta({"ops": ops[:1]}) != read_delta({"ops": [ops[1] | {"insert": "a"}]})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(("insert", "retain", "delete", "attributes", "link"))


@given(st.lists(st.dictionaries(keys, json_values, max_size=2) | json_values, max_size=4))
def test_whatever_comes_is_refused_or_comes_back(ops: list[Any]) -> None:
    try:
        delta = read_delta({"ops": ops})
    except RequestRefused:
        return
    assert read_delta(write_delta(delta)) == delta
