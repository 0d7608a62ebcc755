"""The tables. Times are UTC milliseconds since 1970; ``body``, ``anchor`` and ``detail`` are JSON."""

from storage.models.audit import AuditRecord
from storage.models.boards import Board, BoardChange, BoardSnapshot
from storage.models.chat import ChatRow
from storage.models.documents import (
    CommentRow,
    Document,
    DocumentChange,
    DocumentSnapshot,
    ReviewRow,
)
from storage.models.meetings import (
    Ban,
    Room,
    Session,
    SessionParticipant,
    SessionTopic,
    User,
)
from storage.models.model import Model
from storage.models.recordings import Film, Recording, WebhookEvent
from storage.models.topics import AccessRow, ReceiptRow, ShareLinkRow, StoreRow, TopicRow

__all__ = [
    "AccessRow",
    "AuditRecord",
    "Ban",
    "Board",
    "BoardChange",
    "BoardSnapshot",
    "ChatRow",
    "CommentRow",
    "Document",
    "DocumentChange",
    "DocumentSnapshot",
    "Film",
    "Model",
    "ReceiptRow",
    "Recording",
    "ReviewRow",
    "Room",
    "Session",
    "SessionParticipant",
    "SessionTopic",
    "ShareLinkRow",
    "StoreRow",
    "TopicRow",
    "User",
    "WebhookEvent",
]
