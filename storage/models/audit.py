"""The audit trail."""

from sqlalchemy import BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.model import Model, Name, Number

# SQLite numbers rows by itself only where the key is a plain INTEGER.
_Numbered = BigInteger().with_variant(Integer, "sqlite")


class AuditRecord(Model):
    """One act of moderation or refusal; `detail` is JSON."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "room", "id"),)

    id: Mapped[int] = mapped_column(_Numbered, primary_key=True)
    at: Mapped[Number]
    room: Mapped[Name]
    action: Mapped[Name]
    by: Mapped[Name]
    by_participant: Mapped[Name]
    target: Mapped[Name]
    target_participant: Mapped[Name]
    outcome: Mapped[Name]
    detail: Mapped[Name]
    left_out: Mapped[int]
