"""The services of a node, put together."""

from collections.abc import Callable
from typing import Protocol

from datachannels.chat import ChatService
from datachannels.live import LiveService
from datachannels.repositories import ChatRepository
from datachannels.service_node import ServiceNode, Tasks, nobody_asks
from datachannels.services import Services
from signaling.identifiers import new_identifier
from signaling.node import SignalingNode


class Repositories(Protocol):
    """What the services keep, and where: `storage.store.Store`."""

    @property
    def chat(self) -> ChatRepository:
        """Chats."""


def make_services(
    node: SignalingNode,
    store: Repositories,
    tasks: Tasks,
    observe: Callable[[str, float], None],
    opened: Callable[[str, str], None] = nobody_asks,
) -> Services:
    """Every label there is; `observe` and `opened` as of `ServiceNode`."""

    def new_id(prefix: str) -> str:
        return new_identifier(prefix, node.random)

    shared = ServiceNode(node.settings.limits, node.channels, tasks, node.unix_ms, new_id, observe, opened)
    return Services(shared, {"chat": ChatService(store.chat, shared), "live": LiveService(shared)})
