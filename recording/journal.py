"""The journal of a recording: what the participants of a meeting are told, as lines on the recording's clock.

It hears the messages of PROTOCOL.md as a participant would and asks the services for the topics that are in
use; what the lines mean is docs/recording.md. It writes nothing itself and knows no clock.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

WHOLE_EVERY: Final = 200
"""Changes after which a topic is written whole again, so that reading may begin there."""

WHOLE_SHARE: Final = 4
"""A large topic is written whole only once its changes are this part of it: the journal at most grows by
a factor."""

CLIENT: Final = "journal"

Line = dict[str, Any]
Ask = tuple[str, dict[str, Any]]
"""A label and a message for it."""

LABELS: Final = {"documents": "doc", "whiteboard": "board"}
"""Of durable topics, and what names them in messages."""


def label_of(topic: str) -> str | None:
    """Where a topic is asked for, None if it is none."""
    return {"do": "documents", "bo": "whiteboard"}.get(topic.partition("_")[0])


@dataclass(slots=True)
class Person:
    """A participant as the journal knows it."""

    name: str
    hand: bool = False
    looks_at: str = ""


@dataclass(slots=True)
class TopicState:
    """A topic that is open; `whole_bytes` is what it was when it was last written whole.

    `held` is what was told of it while a version that is `awaited` is fetched: that is written first.
    `untold` is the newest version whose change was too long for a message.
    """

    whole_bytes: int = 0
    changes: int = 0
    change_bytes: int = 0
    asked: bool = True
    awaited: int | None = None
    held: list[Line] = field(default_factory=list)
    untold: int = 0

    def changed(self, size: int) -> bool:
        """One change more; True if it should be written whole again."""
        self.changes += 1
        self.change_bytes += size
        due = self.changes >= WHOLE_EVERY and self.change_bytes * WHOLE_SHARE >= self.whole_bytes
        return due and not self.asked

    def whole(self, size: int) -> None:
        """It was written."""
        self.whole_bytes, self.changes, self.change_bytes, self.asked = size, 0, 0, False

    def released(self) -> list[Line]:
        """Nothing is awaited any more."""
        held, self.held, self.awaited = self.held, [], None
        return held


@dataclass(slots=True)
class Heard:
    """What came of a message: lines to write, messages to send. `fetch` names a topic and a version that is
    too long for a message."""

    lines: list[Line] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    fetch: tuple[str, int] | None = None


class Journal:
    """One meeting's, while it is recorded."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}
        self._muted: dict[str, bool] = {}
        self._titles: dict[str, str] = {}
        self._topics: dict[str, TopicState] = {}
        self._marked: set[str] = set()

    # --- the beginning -----------------------------------------------------------------------------------

    def begin(
        self,
        room: Mapping[str, Any],
        participants: Iterable[Mapping[str, Any]],
        tracks: Iterable[Mapping[str, Any]],
        others: Iterable[Mapping[str, Any]] = (),
    ) -> Heard:
        """Who and what is there: the objects of a `joined`, and events that say how it is."""
        heard = Heard(asks=[("chat", _open()), ("annotations", {"t": "open"})])
        self._learn_titles(room)
        for participant in participants:
            self._joined(participant, heard)
        for track in tracks:
            self._track(track, heard)
        for message in others:
            self._event(message, heard)
        return heard

    def opened(self, topic: str) -> list[Ask]:
        """Somebody in the meeting has a document or board open."""
        label = label_of(topic)
        if label is None or topic in self._topics:
            return []
        self._topics[topic] = TopicState()
        return [(label, _open(**{LABELS[label]: topic}))]

    @property
    def topics(self) -> list[str]:
        """What is open, the longest open first."""
        return list(self._topics)

    def left(self, topic: str) -> Heard:
        """What is written there concerns nobody in the meeting now."""
        label = label_of(topic) or ""
        lines = self._topics.pop(topic).released()
        return Heard(lines, [(label, {"t": "close", LABELS[label]: topic})])

    def gap(self, from_ms: int) -> Heard:
        """Lines since then were lost: everything is said again."""
        heard = Heard([{"kind": "gap", "from_ms": from_ms}], [("annotations", {"t": "open"})])
        for topic, state in self._topics.items():
            state.asked = True
            heard.asks.append(self._whole(topic))
        return heard

    # --- what is told ------------------------------------------------------------------------------------

    def hear(self, message: Mapping[str, Any], size: int) -> Heard:
        """One message, of so many bytes."""
        heard = Heard()
        if message.get("type") == "channel":
            hear = ON_CHANNEL.get((message["label"], message["data"].get("t")))
            if hear is not None:
                hear(self, message["data"], size, heard)
        else:
            self._event(message, heard)
        return heard

    def _event(self, message: Mapping[str, Any], heard: Heard) -> None:
        hear = ON_EVENT.get(message["type"])
        if hear is not None:
            hear(self, message, heard)

    # --- people ------------------------------------------------------------------------------------------

    def _participant(self, message: Mapping[str, Any], heard: Heard) -> None:
        self._joined(message["participant"], heard)

    def _joined(self, participant: Mapping[str, Any], heard: Heard) -> None:
        """Somebody new, or somebody known who may have changed."""
        who, name, hand = participant["id"], participant["name"], participant["hand"]
        known = self._people.get(who)
        if known is None:
            known = self._people[who] = Person(name)
            identity = participant["identity"]
            heard.lines.append({"kind": "joined", "participant": who, "identity": identity, "name": name})
        elif known.name != name:
            heard.lines.append({"kind": "renamed", "participant": who, "name": name})
        if known.hand != hand:
            heard.lines.append({"kind": "hand", "participant": who, "raised": hand})
        known.name, known.hand = name, hand

    def _left(self, message: Mapping[str, Any], heard: Heard) -> None:
        self._gone(message["participant"], heard)

    def _gone(self, participant: str, heard: Heard) -> None:
        person = self._people.pop(participant, None)
        if person is not None:
            self._looks(person, participant, "", heard)
            heard.lines.append({"kind": "left", "participant": participant})

    def _roster(self, message: Mapping[str, Any], heard: Heard) -> None:
        for participant in message["joined"]:
            self._joined(participant, heard)
        for participant in message["left"]:
            self._gone(participant, heard)

    def _speakers(self, message: Mapping[str, Any], heard: Heard) -> None:
        speakers = [speaker["participant"] for speaker in message["speakers"]]
        heard.lines.append({"kind": "speakers", "speakers": speakers})

    def _pinned(self, message: Mapping[str, Any], heard: Heard) -> None:
        line = {"kind": "pinned", "participant": message["participant"], "tracks": message["tracks"]}
        heard.lines.append(line)

    def _looking(self, message: Mapping[str, Any], heard: Heard) -> None:
        for look in message["participants"]:
            person, at = self._people.get(look["participant"]), look["at"] or ""
            if person is not None:
                self._looks(person, look["participant"], at if label_of(at) else "", heard)

    def _looks(self, person: Person, participant: str, topic: str, heard: Heard) -> None:
        before, person.looks_at = person.looks_at, topic
        for kind, one in (("closed", before), ("opened", topic)):
            if one and before != topic:
                heard.lines.append({"kind": kind, "topic": one, "participant": participant})

    # --- tracks ------------------------------------------------------------------------------------------

    def _published(self, message: Mapping[str, Any], heard: Heard) -> None:
        self._track(message["track"], heard)

    def _track(self, track: Mapping[str, Any], heard: Heard) -> None:
        """One that is new, or may have changed."""
        name, muted = track["id"], track["muted"]
        if name not in self._muted:
            said = {key: track[key] for key in ("participant", "source", "name", "muted")}
            heard.lines.append({"kind": "published", "track": name, **said})
        elif self._muted[name] != muted:
            heard.lines.append({"kind": "muted", "track": name, "muted": muted})
        self._muted[name] = muted

    def _unpublished(self, message: Mapping[str, Any], heard: Heard) -> None:
        if self._muted.pop(message["track"], None) is not None:
            self._marked.discard(message["track"])
            heard.lines.append({"kind": "unpublished", "track": message["track"]})

    # --- documents and boards ----------------------------------------------------------------------------

    def _room(self, message: Mapping[str, Any], heard: Heard) -> None:
        self._learn_titles(message["room"])

    def _learn_titles(self, room: Mapping[str, Any]) -> None:
        self._titles = {topic["id"]: topic["title"] for topic in [*room["documents"], *room["boards"]]}

    def _document(self, message: Mapping[str, Any], size: int, heard: Heard) -> None:
        doc = message["doc"]
        if "url" in message:
            self._await(doc, message["version"], heard)
            return
        heard.lines += self.whole(doc, message["version"], size, delta=message["delta"])
        self._comments(message, heard)

    def _comments(self, message: Mapping[str, Any], heard: Heard) -> None:
        # None, too: readers may know of some that were deleted since, in a gap.
        comments = message.get("comments", [])
        heard.lines.append({"kind": "document_comments", "doc": message["doc"], "comments": comments})

    def _comment(self, message: Mapping[str, Any], size: int, heard: Heard) -> None:
        line = {"kind": "document_comment", "doc": message["doc"], "comment": message["comment"]}
        self._tell(message["doc"], line, heard)

    def _board(self, message: Mapping[str, Any], size: int, heard: Heard) -> None:
        board, version = message["board"], message["version"]
        if "url" in message:
            self._await(board, version, heard)
            return
        content = {"pages": message["pages"], "elements": message["elements"]}
        heard.lines += self.whole(board, version, size, **content)

    def _await(self, topic: str, version: int, heard: Heard) -> None:
        """A version is to be fetched: what follows it waits."""
        heard.fetch = (topic, version)
        state = self._topics.get(topic)
        if state is not None:
            heard.lines += state.released()
            state.awaited = version

    def _tell(self, topic: str, line: Line, heard: Heard) -> None:
        state = self._topics.get(topic)
        lines = heard.lines if state is None or state.awaited is None else state.held
        lines.append(line)

    def whole(self, topic: str, version: int, size: int, **content: Any) -> list[Line]:
        """A topic as it is at a version; `content` may be JSON already (`orjson.Fragment`)."""
        state, label = self._topics.get(topic), label_of(topic)
        if state is None or label is None:
            return []
        state.whole(size)
        names = {LABELS[label]: topic, "title": self._titles.get(topic, ""), "version": version}
        line = {"kind": "document" if label == "documents" else "board", **names, **content}
        return [*state.released(), line]

    def fetched(self, topic: str, version: int, size: int, notes: Iterable[Line], **content: Any) -> Heard:
        """What was asked for with `Heard.fetch`, its notes, and what was told meanwhile; nothing if it is not
        awaited any more. It is asked for again if a change meanwhile could not be told."""
        state = self._topics.get(topic)
        if state is None or state.awaited != version:
            return Heard()
        held = state.released()
        heard = Heard([*self.whole(topic, version, size, **content), *notes, *held])
        if state.untold > version:
            state.asked = True
            heard.asks.append(self._whole(topic))
        return heard

    def not_fetched(self, topic: str, version: int) -> Heard:
        """It could not be had, and is asked for again after as many changes as ever."""
        state = self._topics.get(topic)
        if state is None or state.awaited != version:
            return Heard()
        state.whole(state.whole_bytes)
        return Heard(state.released())

    def held(self) -> list[Line]:
        """What waits at the end."""
        return [line for state in self._topics.values() for line in state.released()]

    def _document_change(self, message: Mapping[str, Any], size: int, heard: Heard) -> None:
        self._change("document_change", ("doc", "version", "author", "delta"), message, size, heard)

    def _board_change(self, message: Mapping[str, Any], size: int, heard: Heard) -> None:
        self._change("board_change", ("board", "version", "author", "changes"), message, size, heard)

    def _change(
        self, kind: str, fields: tuple[str, ...], message: Mapping[str, Any], size: int, heard: Heard
    ) -> None:
        long = "url" in message
        if not long:
            self._tell(message[fields[0]], {"kind": kind, **{name: message[name] for name in fields}}, heard)
        state = self._topics.get(message[fields[0]])
        if state is not None and long:
            state.untold = message["version"]
        if state is not None and (state.changed(size) or (long and not state.asked)):
            state.asked = True
            heard.asks.append(self._whole(message[fields[0]]))

    def _whole(self, topic: str) -> Ask:
        label = label_of(topic) or ""
        return label, _open(**{LABELS[label]: topic})

    def _closed(self, message: Mapping[str, Any], size: int, heard: Heard) -> None:
        topic = message.get("doc") or message.get("board") or ""
        state = self._topics.pop(topic, None)
        if state is not None:
            heard.lines += [*state.released(), {"kind": "deleted", "topic": topic}]

    def _refused(self, message: Mapping[str, Any], size: int, heard: Heard) -> None:
        """It cannot be opened now: with the next `opened` it is tried again."""
        self._topics.pop(message.get("doc") or message.get("board") or "", None)

    # --- chat and marks ----------------------------------------------------------------------------------

    def _message(self, message: Mapping[str, Any], size: int, heard: Heard) -> None:
        said = {name: message[name] for name in ("message", "from", "name", "text")}
        heard.lines.append({"kind": "message", **said})

    def _reaction(self, message: Mapping[str, Any], size: int, heard: Heard) -> None:
        said = {name: message[name] for name in ("participant", "emoji")}
        heard.lines.append({"kind": "reaction", **said})

    def _marks(self, message: Mapping[str, Any], size: int, heard: Heard) -> None:
        for one in message["tracks"]:
            track, marks = one["track"], one["marks"]
            if marks or track in self._marked:
                heard.lines.append({"kind": "marks", "track": track, "marks": marks})
                self._marked.add(track)

    def _marking(self, message: Mapping[str, Any], size: int, heard: Heard) -> None:
        self._marked.add(message["track"])
        said = {name: value for name, value in message.items() if name != "t"}
        heard.lines.append({"kind": message["t"], **said})


def _open(**names: str) -> dict[str, Any]:
    return {"t": "open", **names, "client": CLIENT, "version": None}


ON_EVENT: Final[Mapping[str, Callable[[Journal, Mapping[str, Any], Heard], None]]] = {
    "participant_joined": Journal._participant,
    "participant_updated": Journal._participant,
    "participant_left": Journal._left,
    "roster": Journal._roster,
    "speakers": Journal._speakers,
    "looking": Journal._looking,
    "pinned": Journal._pinned,
    "track_published": Journal._published,
    "track_updated": Journal._published,
    "track_unpublished": Journal._unpublished,
    "room_updated": Journal._room,
}

ON_CHANNEL: Final[Mapping[tuple[str, object], Callable[[Journal, Mapping[str, Any], int, Heard], None]]] = {
    ("documents", "snapshot"): Journal._document,
    ("documents", "change"): Journal._document_change,
    ("documents", "comment"): Journal._comment,
    ("documents", "closed"): Journal._closed,
    ("documents", "error"): Journal._refused,
    ("whiteboard", "snapshot"): Journal._board,
    ("whiteboard", "change"): Journal._board_change,
    ("whiteboard", "closed"): Journal._closed,
    ("whiteboard", "error"): Journal._refused,
    ("chat", "message"): Journal._message,
    ("chat", "reaction"): Journal._reaction,
    ("annotations", "snapshot"): Journal._marks,
    ("annotations", "draw"): Journal._marking,
    ("annotations", "erase"): Journal._marking,
    ("annotations", "clear"): Journal._marking,
}
