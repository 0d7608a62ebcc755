"""The services of a node, put together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from datachannels.annotations.service import AnnotationService
from datachannels.chat import ChatService
from datachannels.control.service import ControlService
from datachannels.documents.service import DocumentService
from datachannels.live import LiveService
from datachannels.member import Member
from datachannels.repositories import ChatRepository
from datachannels.service import Service
from datachannels.service_node import ServiceNode, Tasks, nobody_asks, nobody_follows
from datachannels.services import Services
from datachannels.whiteboard.content import BoardStorage
from datachannels.whiteboard.service import BoardService
from signaling.audit import Concerned
from signaling.identifiers import new_code, new_identifier
from signaling.kept_topics import TopicRepositories
from signaling.node import SignalingNode
from signaling.permissions import Subject


class Repositories(TopicRepositories, Protocol):
    """What the services keep, and where: `storage.store.Store`."""

    @property
    def chat(self) -> ChatRepository:
        """Chats."""


@dataclass(frozen=True, slots=True)
class SharedWork:
    """The services behind the labels, and those of them that HTTP asks too."""

    services: Services
    documents: DocumentService
    boards: BoardService
    control: ControlService


def make_services(
    node: SignalingNode,
    store: Repositories,
    tasks: Tasks,
    observe: Callable[[str, float], None],
    opened: Callable[[str, str], None] = nobody_asks,
    changed: Callable[[str, str, int], None] = nobody_follows,
) -> SharedWork:
    """Every label there is; `observe`, `opened` and `changed` as of `ServiceNode`."""

    def new_id(prefix: str) -> str:
        return new_identifier(prefix, node.random)

    def audit_control(action: str, by: Member, about: Member, now: float, detail: Mapping[str, Any]) -> None:
        subject, target = Subject(by.identity, by.id), Concerned(about.identity, about.id)
        node.audit.done(node.unix_ms(now), about.room, action, subject, target, detail)

    shared = ServiceNode(
        limits=node.settings.limits,
        delivery=node.channels,
        tasks=tasks,
        unix_ms=node.unix_ms,
        new_id=new_id,
        observe=observe,
        opened=opened,
        changed=changed,
        tracks=node.tracks,
    )
    node.topics.serve(tasks, {"documents": store.documents, "boards": store.boards})
    documents = DocumentService(store.documents, store.access, node.topics, shared)
    boards = BoardService(BoardStorage(store.boards, store.access), shared, node.topics)
    control = ControlService(shared, audit_control, lambda: new_code(node.random))
    by_label: dict[str, Service] = {
        "chat": ChatService(store.chat, shared),
        "documents": documents,
        "whiteboard": boards,
        "annotations": AnnotationService(shared),
        "control": control,
        "live": LiveService(shared, control),
    }
    return SharedWork(Services(shared, by_label), documents, boards, control)
