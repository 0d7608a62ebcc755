"""Share links in use on a node: who has come by one, until it is revoked or over.

A link is read from storage when somebody comes; from then on this node is told of its end. Who comes keeps
an identity of their own, which their later tokens name, so that what they sent before is recognised.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from datachannels.repositories import RepositoryError, ShareLink, Topic
from datachannels.service_node import Tasks
from datachannels.topic_lists import TopicKind
from signaling.close_codes import CloseCode
from signaling.display_name import display_name
from signaling.identifiers import RESUME_LENGTH, new_identifier
from signaling.kept_topics import KeptTopics
from signaling.link_holder import LinkHolder
from signaling.node import SignalingNode
from signaling.outputs import SessionId
from signaling.refusals import SocketRefused, too_many
from signaling.registry import Registry
from signaling.requests import Join
from signaling.tokens import LEEWAY_S, Shared, TokenClaims, issue_token

TOKEN_TTL_S = 3_600.0
TOKEN_RENEW_S = 1_800.0
RETRY_MS = 1_000

Came = Callable[[LinkHolder | SocketRefused, float], None]


class ShareLinks:
    """Holders by participant id; a `datachannels.topic_lists.TopicLists`, which tells them of their topic.

    Until `serve` there are no links.
    """

    def __init__(self, node: SignalingNode, registry: Registry, server: dict[str, str]) -> None:
        self._node = node
        self._registry = registry
        self._server = server
        self._topics: KeptTopics | None = None
        self._tasks: Tasks | None = None
        self._holders: dict[str, LinkHolder] = {}
        self._resumes: dict[str, LinkHolder] = {}
        self._revocations = 0

    def serve(self, topics: KeptTopics, tasks: Tasks) -> None:
        """From now on links can be read."""
        self._topics, self._tasks = topics, tasks

    def __len__(self) -> int:
        return len(self._holders)

    def __iter__(self) -> Iterator[LinkHolder]:
        return iter(list(self._holders.values()))

    # --- coming ------------------------------------------------------------------------------------------

    def admit(self, request: Join, claims: TokenClaims, shared: Shared, came: Came, now: float) -> None:
        """Read the link of a good token, then call `came` with who its bearer is, or why they are not let in.

        Who comes back is known at once.
        """
        returning = self._resumes.get(request.resume or "")
        if returning is not None and returning.link.id == shared.link:
            came(returning, now)
        elif self._node.clock.unix(now) > claims.expires_at + LEEWAY_S:
            came(SocketRefused(CloseCode.BAD_TOKEN, "the token has expired"), now)
        else:
            self._begin_to_read(request, claims, shared, came, now)

    def _begin_to_read(
        self, request: Join, claims: TokenClaims, shared: Shared, came: Came, now: float
    ) -> None:
        if self._topics is None or self._tasks is None:
            came(_not_now(), now)
            return
        reading = self._topics.shared(shared.link)
        self._tasks.run(reading, partial(self._read, request, claims, shared, came, self._revocations))

    def _read(
        self,
        request: Join,
        claims: TokenClaims,
        shared: Shared,
        came: Came,
        revocations: int,
        found: tuple[ShareLink, Topic] | RepositoryError | None,
        now: float,
    ) -> None:
        if revocations != self._revocations:
            # Perhaps it was this one, and had been read before.
            self._begin_to_read(request, claims, shared, came, now)
            return
        if isinstance(found, RepositoryError):
            came(_not_now(), now)
            return
        if found is None or found[1].id != shared.topic or self._over(found[0], now):
            came(SocketRefused(CloseCode.NOT_ALLOWED, "the link is not in force any more"), now)
            return
        link, topic = found
        if sum(1 for one in self._holders.values() if one.topic.id == topic.id) >= self._places:
            came(too_many("too many are here by share links", RETRY_MS), now)
            return
        random = self._node.random
        holder = LinkHolder(
            node=self._node,
            id=new_identifier("pa", random),
            identity=new_identifier(link.id, random) if claims.link else claims.identity,
            name=display_name(request.name or claims.name, "Guest"),
            link=link,
            topic=topic,
            key=claims.key,
            resume=new_identifier("rs", random, RESUME_LENGTH),
            joined_at_ms=self._node.unix_ms(now),
            meeting=self._meeting_in(topic.room),
        )
        self._holders[holder.id] = self._resumes[holder.resume] = holder
        came(holder, now)

    @property
    def _places(self) -> int:
        return self._node.settings.limits.max_participants

    def attach(self, holder: LinkHolder, session: SessionId, number: int | None, now: float) -> None:
        """It has a socket: `joined`. An older socket of it is taken over."""
        resumed, old = holder.session is not None or holder.away_until is not None, holder.session
        if old is not None:
            self._node.outputs.close(old, CloseCode.TAKEN_OVER, "a newer socket took over")
        holder.session, holder.away_until = session, None
        message: dict[str, Any] = {
            "type": "joined",
            "participant": holder.describe(),
            "room": holder.describe_room(),
            "participants": [holder.describe()],
            "tracks": [],
            "ice_servers": [],
            "resume": holder.resume,
            "resumed": resumed,
            "token": self._token(holder, now),
            "limits": asdict(self._node.settings.limits),
            "server": self._server | {"at": self._node.unix_ms(now)},
        }
        self._node.outputs.send(session, message if number is None else message | {"id": number})

    def _token(self, holder: LinkHolder, now: float) -> str:
        """One of its own, with its identity; like the link's it is worth nothing once the link is over."""
        holder.renew_token_at = now + TOKEN_RENEW_S
        return issue_token(
            holder.key,
            self._node.settings.keys[holder.key],
            identity=holder.identity,
            now_wall=self._node.clock.unix(now),
            ttl_s=TOKEN_TTL_S,
            name=holder.name,
            shared=Shared(holder.topic.id, holder.link.role, holder.link.id),
        )

    # --- going -------------------------------------------------------------------------------------------

    def detach(self, holder: LinkHolder, session: SessionId, now: float) -> None:
        """A socket of it is gone: the grace time starts, in which it may come back."""
        if holder.session == session:
            holder.session = None
            holder.away_until = now + self._node.settings.limits.grace_ms / 1000

    def leave(self, holder: LinkHolder) -> None:
        """It is not here any more."""
        if self._holders.pop(holder.id, None) is not None:
            self._resumes.pop(holder.resume, None)
            self._node.channels.left(holder.id)
            holder.session = None

    def revoked(self, link: str) -> None:
        """A link is taken back, in storage already: whoever came by it goes."""
        self._revocations += 1
        self._end([one for one in self if one.link.id == link], "the link was revoked")

    def remove(self, kind: TopicKind, room: str, topic: str) -> None:
        """See `TopicLists`: its links are gone with it."""
        self._revocations += 1
        self._end([one for one in self if one.topic.id == topic], "it was deleted")

    def put(self, kind: TopicKind, room: str, topic: str, title: str) -> None:
        """See `TopicLists`."""
        for holder in self:
            if holder.topic.id == topic:
                holder.topic = replace(holder.topic, title=title)
                if holder.session is not None:
                    told = {"type": "room_updated", "room": holder.describe_room()}
                    self._node.outputs.send(holder.session, told)

    def _end(self, holders: list[LinkHolder], reason: str) -> None:
        for holder in holders:
            if holder.session is not None:
                self._node.outputs.close(holder.session, CloseCode.NOT_ALLOWED, reason)
            self.leave(holder)

    def sessions(self) -> list[SessionId]:
        """The open sockets."""
        return [one.session for one in self if one.session is not None]

    def handle_timeout(self, now: float) -> None:
        """To be called several times a second: links that are over, grace times, tokens, meetings."""
        for holder in self:
            if self._over(holder.link, now):
                self._end([holder], "the link is over")
            elif holder.session is None and holder.away_until is not None and now >= holder.away_until:
                self.leave(holder)
            else:
                self._follow_meeting(holder)
                if holder.session is not None and now >= holder.renew_token_at:
                    at = self._node.unix_ms(now + TOKEN_TTL_S)
                    renewed = {"type": "token", "token": self._token(holder, now), "expires_at": at}
                    self._node.outputs.send(holder.session, renewed)

    def _follow_meeting(self, holder: LinkHolder) -> None:
        """Cursors go to those in the meeting that is on."""
        meeting = self._meeting_in(holder.room)
        if meeting != holder.meeting:
            old, holder.meeting = holder.meeting, meeting
            self._node.channels.rehome(holder.id, old, meeting)

    def _meeting_in(self, room: str) -> str:
        open_room = self._registry.named(room)
        # Without a meeting they are among themselves, of one room as of another: what is live names topics.
        return "" if open_room is None else open_room.id

    def _over(self, link: ShareLink, now: float) -> bool:
        return link.expires_at is not None and self._node.unix_ms(now) >= link.expires_at


def _not_now() -> SocketRefused:
    return too_many("the link cannot be read now", RETRY_MS)
